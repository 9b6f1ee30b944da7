import type { Reporter, TestModule } from 'vitest/node';

/** Vitest reporter that lists the skipped tests, so that no one mistakes them for passed ones. */
export default class ReportSkipped implements Reporter {
	onTestRunEnd(modules: readonly TestModule[]): void {
		const skipped = modules.flatMap((module) =>
			[...module.children.allTests('skipped')]
				.filter((test) => test.options.mode === 'skip')
				.map((test) => `${module.relativeModuleId} > ${test.fullName}`),
		);
		if (skipped.length === 0) return;
		console.log(`\nSkipped on this machine. Each name says what to install:`);
		for (const name of skipped) console.log(`  ${name}`);
	}
}
