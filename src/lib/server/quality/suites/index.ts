export {
	createCase,
	deleteCase,
	exportCases,
	getCase,
	importCases,
	listCases,
	updateCase,
} from './cases.ts';
export { draftCase } from './origin.ts';
export { getCaseResult, getRun, listRuns } from './runs.ts';
export { replayIssues, startRun } from './start-run.ts';
export { createSuite, deleteSuite, getSuite, listSuites, updateSuite } from './suites.ts';
