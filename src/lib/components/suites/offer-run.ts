import { toast } from 'svelte-sonner';
import { goto } from '$app/navigation';
import { api, call, sentenceOf } from '#lib/client/api/call.ts';

const SHOWN_MS = 15_000;

/** Offers to run the suite of a site whose issue was fixed: its newest one that has test cases. */
export async function offerRun({ site }: { site: string }): Promise<void> {
	const page = await call(api.suites.$get({ query: { site, limit: '20' } })).catch(() => undefined);
	const suite = page?.items.find(({ case_count }) => case_count > 0);
	if (!suite) return;
	toast(`Run the suite “${suite.name}” to prove the fix?`, {
		duration: SHOWN_MS,
		action: { label: 'Run suite', onClick: () => void run(suite.id) },
	});
}

async function run(suiteId: number): Promise<void> {
	try {
		const started = call(
			api.suites[':id'].runs.$post({ param: { id: String(suiteId) }, json: {} }),
		);
		await goto(`/suites/runs/${(await started).id}`);
	} catch (error) {
		toast.error(sentenceOf(error));
	}
}
