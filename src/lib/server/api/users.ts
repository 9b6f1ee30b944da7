import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import {
	invitation,
	invitationInput,
	invitationWithLink,
	user,
	userPatch,
} from '#lib/contract/user.ts';
import {
	cancelInvitation,
	inviteUser,
	listInvitations,
	listUsers,
	resendInvitation,
	signOutEverywhere,
	updateUser,
} from '../team/users/index.ts';
import { resetTwoFactor } from '../team/auth/index.ts';
import { type ApiEnv, body, json, numberParam } from './route.ts';
import { GRANTS_ACCESS, team } from './team.ts';

const tags = ['Users'];
const params = z.object({ id: numberParam });
const noContent = { 204: { description: 'Done' } };

const list = createRoute({
	method: 'get',
	path: '/',
	tags,
	summary: 'List users',
	description: 'Ordered by name, including disabled users; at most 500.',
	...team('sessions:read'),
	responses: { 200: json(z.object({ items: z.array(user) }), 'The users') },
});

const change = createRoute({
	method: 'patch',
	path: '/{id}',
	tags,
	summary: 'Update a user',
	description:
		'Changing a role or disabling a user signs them out everywhere. Changing an email, granting the admin role and enabling a user require a signed-in admin or the server’s `API_KEY`.',
	...team('admin'),
	request: { params, body: body(userPatch) },
	responses: { 200: json(user, 'The updated user') },
});

const signOut = createRoute({
	method: 'post',
	path: '/{id}/sign-out',
	tags,
	summary: 'Sign a user out everywhere',
	description: 'Ends all auth sessions and closes open sockets.',
	...team('admin'),
	request: { params },
	responses: noContent,
});

const resetSecondFactor = createRoute({
	method: 'delete',
	path: '/{id}/two-factor',
	tags,
	summary: "Reset a user's two-factor authentication",
	description:
		'For users who lost their second factor. Ends all their auth sessions. Requires a signed-in admin; API keys are rejected.',
	...team('admin'),
	request: { params },
	responses: noContent,
});

const listInvited = createRoute({
	method: 'get',
	path: '/',
	tags,
	summary: 'List pending invitations',
	description: 'Newest first, at most 200.',
	...team('admin'),
	responses: { 200: json(z.object({ items: z.array(invitation) }), 'The invitations') },
});

const invite = createRoute({
	method: 'post',
	path: '/',
	tags,
	summary: 'Invite a user',
	description: `The one-time link is valid for seven days. ${GRANTS_ACCESS}`,
	...team('admin'),
	request: { body: body(invitationInput) },
	responses: {
		201: json(invitationWithLink, 'The invitation, with its link if email is not configured'),
	},
});

const sendAgain = createRoute({
	method: 'post',
	path: '/{id}/send-again',
	tags,
	summary: 'Resend an invitation',
	description: `Sends a new link; the previous one stops working. ${GRANTS_ACCESS}`,
	...team('admin'),
	request: { params },
	responses: {
		200: json(invitationWithLink, 'The invitation, with its link if email is not configured'),
	},
});

const cancel = createRoute({
	method: 'delete',
	path: '/{id}',
	tags,
	summary: 'Cancel an invitation',
	description: 'Its link stops working.',
	...team('admin'),
	request: { params },
	responses: noContent,
});

/** Returns the routes that manage users. */
export function userRoutes() {
	return new OpenAPIHono<ApiEnv>()
		.openapi(list, async (c) => c.json({ items: await listUsers(c.var.ctx) }, 200))
		.openapi(change, async (c) =>
			c.json(await updateUser(c.var.ctx, c.req.valid('param').id, c.req.valid('json')), 200),
		)
		.openapi(signOut, async (c) => {
			await signOutEverywhere(c.var.ctx, c.req.valid('param').id);
			return c.body(null, 204);
		})
		.openapi(resetSecondFactor, async (c) => {
			await resetTwoFactor(c.var.ctx, c.req.valid('param').id);
			return c.body(null, 204);
		});
}

/** Returns the routes that manage invitations. */
export function invitationRoutes() {
	return new OpenAPIHono<ApiEnv>()
		.openapi(listInvited, async (c) => c.json({ items: await listInvitations(c.var.ctx) }, 200))
		.openapi(invite, async (c) => c.json(await inviteUser(c.var.ctx, c.req.valid('json')), 201))
		.openapi(sendAgain, async (c) =>
			c.json(await resendInvitation(c.var.ctx, c.req.valid('param').id), 200),
		)
		.openapi(cancel, async (c) => {
			await cancelInvitation(c.var.ctx, c.req.valid('param').id);
			return c.body(null, 204);
		});
}
