import type { Reporter, TestModule } from 'vitest/node';

/** Vitest reporter: names the tests that were skipped, since what did not run proves nothing. */
export default class ReportSkipped implements Reporter {
	onTestRunEnd(modules: readonly TestModule[]): void {
		const skipped = modules.flatMap((module) =>
			[...module.children.allTests('skipped')]
				.filter((test) => test.options.mode === 'skip')
				.map((test) => `${module.relativeModuleId} > ${test.fullName}`),
		);
		if (skipped.length === 0) return;
		console.log(`\nSkipped on this machine; each name says what is needed:`);
		for (const name of skipped) console.log(`  ${name}`);
	}
}
