import { z } from 'zod';
import {
	automationError,
	automationErrorDetail,
	errorGroup,
} from '#lib/contract/automation-error.ts';
import { pageOf } from '#lib/contract/common.ts';
import { delivery, deliveryCount } from '#lib/contract/delivery.ts';
import { siteTurns, turn } from '#lib/contract/turn.ts';
import { call } from '#lib/client/api-client.ts';

type Query = Record<string, string>;
const query = (given: Query) => new URLSearchParams(given).toString();
const errors = '/api/errors';

/** What the automation page asks the HTTP API for. */
export const automationApi = {
	listErrors: (given: Query) => call(pageOf(errorGroup), 'GET', `${errors}?${query(given)}`),
	listFailures: (groupId: number, given: Query) =>
		call(pageOf(automationError), 'GET', `${errors}/${groupId}/failures?${query(given)}`),
	getFailure: (groupId: number, id: number) =>
		call(automationErrorDetail, 'GET', `${errors}/${groupId}/failures/${id}`),
	setResolved: (groupId: number, resolved: boolean) =>
		call(errorGroup, 'PATCH', `${errors}/${groupId}`, { resolved }),
	listDeliveries: (given: Query) =>
		call(pageOf(delivery), 'GET', `/api/deliveries?${query(given)}`),
	countDeliveries: (given: Query) =>
		call(deliveryCount, 'GET', `/api/deliveries/count?${query(given)}`),
	replay: (id: number) => call(delivery, 'POST', `/api/deliveries/${id}/replay`),
	replayMany: (input: object) =>
		call(z.object({ replayed: z.number() }), 'POST', '/api/deliveries/replay', input),
	listTurns: (given: Query) => call(pageOf(turn), 'GET', `/api/turns?${query(given)}`),
	listSiteTurns: () => call(z.object({ items: z.array(siteTurns) }), 'GET', '/api/turns/by-site'),
};
