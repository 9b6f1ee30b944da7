export { listWaitingVisitors } from './list-waiting.ts';
export { sendPersonReply } from './reply.ts';
export { cancelHandoff, requestHandoff, requestPerson } from './request-handoff.ts';
export { handBack, takeOver } from './take-over.ts';
