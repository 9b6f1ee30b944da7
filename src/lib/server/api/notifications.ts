import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import {
	device,
	deviceInput,
	notifications,
	notificationSettingsInput,
} from '#lib/contract/notification.ts';
import {
	getNotifications,
	registerDevice,
	removeDevice,
	sendTestNotification,
	updateNotificationSettings,
} from '../delivery/notifications/index.ts';
import { type ApiEnv, body, json, numberParam } from './route.ts';
import { usersOnly } from './team.ts';

const tags = ['Notifications'];
const params = z.object({ device_id: numberParam });

const get = createRoute({
	method: 'get',
	path: '/',
	tags,
	summary: 'Get notification settings and devices',
	description: 'Returns those of the signed-in user.',
	...usersOnly(),
	responses: { 200: json(notifications, 'The settings and devices') },
});

const update = createRoute({
	method: 'put',
	path: '/',
	tags,
	summary: 'Replace notification settings',
	...usersOnly(),
	request: { body: body(notificationSettingsInput) },
	responses: { 200: json(notifications, 'The stored settings') },
});

const register = createRoute({
	method: 'post',
	path: '/devices',
	tags,
	summary: 'Register this browser for push messages',
	description:
		'Takes a push subscription as `PushSubscription.toJSON()` returns it. Repeating it renews the registration.',
	...usersOnly(),
	request: { body: body(deviceInput) },
	responses: { 201: json(device, 'The device') },
});

const remove = createRoute({
	method: 'delete',
	path: '/devices/{device_id}',
	tags,
	summary: 'Remove a device',
	...usersOnly(),
	request: { params },
	responses: { 204: { description: 'Removed' } },
});

const test = createRoute({
	method: 'post',
	path: '/devices/{device_id}/test',
	tags,
	summary: 'Send a test notification',
	...usersOnly(),
	request: { params },
	responses: { 204: { description: 'Queued' } },
});

/** Returns the routes for the signed-in user's notifications. */
export function notificationRoutes() {
	return new OpenAPIHono<ApiEnv>()
		.openapi(get, async (c) => c.json(await getNotifications(c.var.ctx), 200))
		.openapi(update, async (c) =>
			c.json(await updateNotificationSettings(c.var.ctx, c.req.valid('json')), 200),
		)
		.openapi(register, async (c) => {
			const cookie = c.req.header('Cookie') ?? null;
			const browser = { cookie, user_agent: c.req.header('User-Agent') ?? null };
			return c.json(await registerDevice(c.var.ctx, c.req.valid('json'), browser), 201);
		})
		.openapi(remove, async (c) => {
			await removeDevice(c.var.ctx, c.req.valid('param').device_id);
			return c.body(null, 204);
		})
		.openapi(test, async (c) => {
			await sendTestNotification(c.var.ctx, c.req.valid('param').device_id);
			return c.body(null, 204);
		});
}
