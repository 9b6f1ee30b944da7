import { z } from 'zod';
import {
	automationError,
	automationErrorDetail,
	errorGroup,
} from '#lib/contract/automation-error.ts';
import { pageOf } from '#lib/contract/common.ts';
import { delivery, deliveryCount } from '#lib/contract/delivery.ts';
import { message } from '#lib/contract/message.ts';
import { session } from '#lib/contract/session.ts';
import { replay, replayComparison, testChat } from '#lib/contract/test-chat.ts';
import { siteTurns, turn } from '#lib/contract/turn.ts';
import { call, queryOf, type Query } from './call.ts';

const errors = '/api/errors';
const chats = '/api/test-chats';

/** Automation errors, webhook deliveries and AI turns. */
export const automationApi = {
	listErrors: (query: Query) => call(pageOf(errorGroup), 'GET', `${errors}?${queryOf(query)}`),
	listFailures: (groupId: number, query: Query) =>
		call(pageOf(automationError), 'GET', `${errors}/${groupId}/failures?${queryOf(query)}`),
	getFailure: (groupId: number, id: number) =>
		call(automationErrorDetail, 'GET', `${errors}/${groupId}/failures/${id}`),
	setResolved: (groupId: number, resolved: boolean) =>
		call(errorGroup, 'PATCH', `${errors}/${groupId}`, { resolved }),
	listDeliveries: (query: Query) =>
		call(pageOf(delivery), 'GET', `/api/deliveries?${queryOf(query)}`),
	countDeliveries: (query: Query) =>
		call(deliveryCount, 'GET', `/api/deliveries/count?${queryOf(query)}`),
	replay: (id: number) => call(delivery, 'POST', `/api/deliveries/${id}/replay`),
	replayMany: (input: object) =>
		call(z.object({ replayed: z.number() }), 'POST', '/api/deliveries/replay', input),
	listTurns: (query: Query) => call(pageOf(turn), 'GET', `/api/turns?${queryOf(query)}`),
	listSiteTurns: () => call(z.object({ items: z.array(siteTurns) }), 'GET', '/api/turns/by-site'),
};

/** Test chats and replays. */
export const testApi = {
	start: (site: string) => call(session, 'POST', chats, { site }),
	get: (id: string) => call(testChat, 'GET', `${chats}/${id}`),
	say: (id: string, text: string, client_message_id: string) =>
		call(message, 'POST', `${chats}/${id}/messages`, { message: text, client_message_id }),
	startReplay: (session_id: string) => call(replay, 'POST', '/api/replays', { session_id }),
	getReplay: (id: number) => call(replayComparison, 'GET', `/api/replays/${id}`),
	cancelReplay: (id: number) => call(replay, 'POST', `/api/replays/${id}/cancel`),
};
