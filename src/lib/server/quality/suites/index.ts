export {
	createCase,
	deleteCase,
	exportCases,
	getCase,
	importCases,
	listCases,
	updateCase,
} from './cases.ts';
export { cancelRun } from './end-case.ts';
export { draftCase, previewCase } from './origin.ts';
export { getCaseResult, getRun, listRuns } from './runs.ts';
export { replayIssues, startRun } from './start-run.ts';
export { createSuite, deleteSuite, getSuite, listSuites, updateSuite } from './suites.ts';
