export {
	isCourtesy,
	isGreeting,
	isParting,
	isPersonRequest,
	isQuestion,
	isRefusal,
	isSkip,
} from './intents.ts';
export { normalize, cleanInput as readable, removeAccents } from './normalize.ts';
export { scripted, composeScriptedOpening } from './scripted.ts';
