import { afterEach, describe, expect, it, vi } from 'vitest';
import { createChat } from '../../../../tests/factories/chat.ts';
import { createDelivery } from '../../../../tests/factories/delivery.ts';
import { useTestApp } from '../../../../tests/support/app.ts';
import { useReceivers } from '../../../../tests/support/receivers.ts';
import { completeSession } from '../conversations/sessions/unchecked.ts';
import { replayDelivery } from '../delivery/webhooks/index.ts';
import { deliveriesJob, type Jobs, startJobs } from './index.ts';

const t = useTestApp();
const receivers = useReceivers(t);
const NEVER = 3_600_000;
let jobs: Jobs | undefined;

afterEach(() => jobs?.stop());

describe('the deliveries job', () => {
	it('sends a completion immediately, without waiting for its interval', async () => {
		const to = await receivers.createReceiver();
		jobs = startJobs(t.app, [{ ...deliveriesJob, interval_ms: NEVER }]);
		const { id, session_id } = await createChat(t.ctx(), { lead: { name: 'Ada' } });
		await completeSession(t.ctx(), { chat_session_id: id, source: 'live' });
		const [request] = await to.waitFor(1);
		expect(request?.json()).toMatchObject({
			type: 'lead.completed',
			data: { session: { session_id }, lead: { name: 'Ada' } },
		});
	});

	it('sends a completion immediately while another endpoint hangs', async () => {
		const gate = Promise.withResolvers<void>();
		const hanging = await receivers.createReceiverThatAlways(async ({ response }) => {
			await gate.promise;
			response.end();
		});
		jobs = startJobs(t.app, [{ ...deliveriesJob, interval_ms: NEVER }]);
		await createDelivery(t.ctx(), hanging);
		jobs.wake('deliveries');
		await hanging.waitFor(1);
		const to = await receivers.createReceiver();
		const { id } = await createChat(t.ctx());
		await completeSession(t.ctx(), { chat_session_id: id, source: 'live' });
		await expect(to.waitFor(1)).resolves.toHaveLength(1);
		gate.resolve();
	});

	it('sends a replay immediately', async () => {
		const to = await receivers.createReceiver();
		const { id } = await createDelivery(t.ctx(), to, { status: 'failed', next_attempt_at: null });
		jobs = startJobs(t.app, [{ ...deliveriesJob, interval_ms: NEVER }]);
		await replayDelivery(t.ctx(), id);
		await to.waitFor(1);
		await vi.waitFor(async () => expect((await receivers.find(id)).status).toBe('delivered'));
	});

	it('finds deliveries that another process queued', async () => {
		const to = await receivers.createReceiver();
		jobs = startJobs(t.app, [{ ...deliveriesJob, interval_ms: 20 }]);
		await createDelivery(t.ctx(), to);
		await expect(to.waitFor(1)).resolves.toHaveLength(1);
	});

	it('finishes the delivery in progress when stopped', async () => {
		const gate = Promise.withResolvers<void>();
		const to = await receivers.createReceiver(async ({ response }) => {
			await gate.promise;
			response.end();
		});
		const { id } = await createDelivery(t.ctx(), to);
		jobs = startJobs(t.app, [{ ...deliveriesJob, interval_ms: NEVER }]);
		jobs.wake('deliveries');
		await to.waitFor(1);
		const stopped = jobs.stop();
		gate.resolve();
		await stopped;
		expect((await receivers.find(id)).status).toBe('delivered');
	});
});
