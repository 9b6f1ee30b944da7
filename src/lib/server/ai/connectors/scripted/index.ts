export {
	isCourtesy,
	isGreeting,
	isParting,
	isPersonRequest,
	isQuestion,
	isRefusal,
	isSkip,
} from './intents.ts';
export { plain, readable, withoutAccents } from './normalize.ts';
export { scripted, scriptedOpening } from './scripted.ts';
