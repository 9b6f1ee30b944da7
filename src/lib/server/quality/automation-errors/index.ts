export {
	getErrorGroup,
	getFailure,
	listErrorGroups,
	listFailures,
	listWorkflows,
	resolveErrorGroup,
} from './groups.ts';
export { recordError } from './record.ts';
