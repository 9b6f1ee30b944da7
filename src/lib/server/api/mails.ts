import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { pageSchema } from '#lib/contract/common.ts';
import { mail, mailContent, mailListQuery } from '#lib/contract/mail.ts';
import { getMail, listMails, resendMail, sendTestMail } from '../delivery/mail/index.ts';
import { type ApiEnv, json, numberParam } from './route.ts';
import { team } from './team.ts';

const tags = ['Mail'];
const params = z.object({ id: numberParam });

const list = createRoute({
	method: 'get',
	path: '/',
	tags,
	summary: 'List emails',
	description: 'Sent, pending and failed emails, newest first.',
	...team('admin'),
	request: { query: mailListQuery },
	responses: { 200: json(pageSchema(mail), 'A page of emails') },
});

const get = createRoute({
	method: 'get',
	path: '/{id}',
	tags,
	summary: 'Get an email',
	description: 'Includes its text.',
	...team('admin'),
	request: { params },
	responses: { 200: json(mailContent, 'The email') },
});

const sendAgain = createRoute({
	method: 'post',
	path: '/{id}/send-again',
	tags,
	summary: 'Resend an email',
	...team('admin'),
	request: { params },
	responses: { 200: json(mail, 'The email, pending again') },
});

const test = createRoute({
	method: 'post',
	path: '/test',
	tags,
	summary: 'Send a test email',
	description: 'Sent to the signed-in user.',
	...team('admin'),
	responses: { 201: json(mail, 'The test email') },
});

/** Returns the routes for email to the team. */
export function mailRoutes() {
	return new OpenAPIHono<ApiEnv>()
		.openapi(list, async (c) => c.json(await listMails(c.var.ctx, c.req.valid('query')), 200))
		.openapi(test, async (c) => c.json(await sendTestMail(c.var.ctx), 201))
		.openapi(get, async (c) => c.json(await getMail(c.var.ctx, c.req.valid('param').id), 200))
		.openapi(sendAgain, async (c) =>
			c.json(await resendMail(c.var.ctx, c.req.valid('param').id), 200),
		);
}
