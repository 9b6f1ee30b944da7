export {
	cancelHandoff,
	listWaitingVisitors,
	requestHandoff,
	requestPerson,
} from './request-handoff.ts';
export { handBack, sendPersonReply, takeOver } from './take-over.ts';
