import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import {
	invitation,
	invitationInput,
	madeInvitation,
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
import { body, json, numberParam } from './describe.ts';
import type { ApiEnv } from './env.ts';
import { GRANTS_ACCESS, team } from './team.ts';

const tags = ['Users'];
const params = z.object({ id: numberParam });
const done = { 204: { description: 'Done' } };

const list = createRoute({
	method: 'get',
	path: '/',
	tags,
	summary: 'The people of the team by name, disabled ones too: at most 500',
	...team('sessions:read'),
	responses: { 200: json(z.object({ items: z.array(user) }), 'The people') },
});

const change = createRoute({
	method: 'patch',
	path: '/{id}',
	tags,
	summary:
		'Change a name or role, disable or enable; a new role or being disabled signs out everywhere',
	description:
		'Changing an email, making somebody an admin and enabling them is for signed-in admins and the API_KEY of the environment.',
	...team('admin'),
	request: { params, body: body(userPatch) },
	responses: { 200: json(user, 'The user as it is now') },
});

const signOut = createRoute({
	method: 'post',
	path: '/{id}/sign-out',
	tags,
	summary: 'End all auth sessions of a user, open sockets too',
	...team('admin'),
	request: { params },
	responses: done,
});

const resetSecondFactor = createRoute({
	method: 'delete',
	path: '/{id}/two-factor',
	tags,
	summary: 'Remove the second factor of somebody who lost it, and end all their auth sessions',
	description: 'For signed-in admins: an API key may not weaken a sign-in.',
	...team('admin'),
	request: { params },
	responses: done,
});

const listInvited = createRoute({
	method: 'get',
	path: '/',
	tags,
	summary: 'Invitations that nobody has accepted yet, newest first: at most 200',
	...team('admin'),
	responses: { 200: json(z.object({ items: z.array(invitation) }), 'The invitations') },
});

const invite = createRoute({
	method: 'post',
	path: '/',
	tags,
	summary: 'Ask somebody to join the team, by a one-time link that lives 7 days',
	description: GRANTS_ACCESS,
	...team('admin'),
	request: { body: body(invitationInput) },
	responses: { 201: json(madeInvitation, 'The invitation; its link where no mail is sent') },
});

const sendAgain = createRoute({
	method: 'post',
	path: '/{id}/send-again',
	tags,
	summary: 'Send an invitation again with a new link; the old one ends',
	description: GRANTS_ACCESS,
	...team('admin'),
	request: { params },
	responses: { 200: json(madeInvitation, 'The invitation; its link where no mail is sent') },
});

const cancel = createRoute({
	method: 'delete',
	path: '/{id}',
	tags,
	summary: 'End an invitation and its link',
	...team('admin'),
	request: { params },
	responses: done,
});

/** The people of the team. */
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

/** Who has been asked to join the team. */
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
