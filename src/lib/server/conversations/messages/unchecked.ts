// Functions without a permission check, for other domains, jobs and the composition root: these act as the system.
export { CONNECTION_TEST_MESSAGE, createConnectionTestId, readMessages } from './read.ts';
export { createHistoryReader } from './get-widget-history.ts';
export {
	findByExternalId,
	findByTurnId,
	presentNewMessage,
	type NewMessage,
	type ReservedTurn,
	type TurnReservations,
} from './insert.ts';
export { createInsertStatement, setLastMessage, NEXT_MESSAGE_ID } from './insert-statement.ts';
export { requireReplyWindow } from './send.ts';
export { storeMessages } from './store.ts';
export { MessageWriter } from './writer.ts';
