import type { Reporter, TestModule, Vitest } from 'vitest/node';

/** Vitest reporter that lists the tests that skip themselves on this machine, so that no one mistakes them for passed ones. */
export default class ReportSkipped implements Reporter {
	#vitest?: Vitest;

	onInit(vitest: Vitest): void {
		this.#vitest = vitest;
	}

	onTestRunEnd(modules: readonly TestModule[]): void {
		// `-t` skips every test that it doesn't name.
		if (this.#vitest?.config.testNamePattern) return;
		const isFiltered = this.#vitest?.config.tagsFilter !== undefined;
		const skipped = modules.flatMap((module) =>
			[...module.children.allTests('skipped')]
				.filter((test) => test.options.mode === 'skip')
				.filter((test) => !(isFiltered && test.tags.includes('thorough')))
				.map((test) => `${module.relativeModuleId} > ${test.fullName}`),
		);
		if (skipped.length === 0) return;
		console.log(`\nSkipped on this machine. Each name says what to install:`);
		for (const name of skipped) console.log(`  ${name}`);
	}
}
