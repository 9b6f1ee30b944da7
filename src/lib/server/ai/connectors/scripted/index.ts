export { removeContacts } from './contacts.ts';
export {
	isCourtesy,
	isGreeting,
	isParting,
	isPersonRequest,
	isQuestion,
	isRefusal,
	isSkip,
} from './intents.ts';
export { normalize, cleanInput, removeAccents } from './normalize.ts';
export {
	scriptedConnector,
	composeScriptedInvitation,
	composeScriptedOpening,
} from './scripted.ts';
