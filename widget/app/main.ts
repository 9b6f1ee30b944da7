import './styles.css';
import { App } from './app';
import { config, params, resume } from './boot';
import { makeLog } from './debug';
import { connectHost } from './host';
import { openStorage } from './storage';
import { followKeyboard } from './views/viewport';
import { untilWanted } from './wanted';

declare global {
	interface Window {
		/** For finding faults: forgets the conversation in this browser and begins another one. */
		clearChatSession: () => void;
		/** For finding faults: what the frame knows of its chat session. */
		getChatSession: () => unknown;
	}
}

followKeyboard();
const host = await connectHost(params.get('via'));
const { chat } = new App(
	host,
	await openStorage(config.site, host),
	makeLog(params.get('debug') === '1'),
);
window.clearChatSession = () => chat.clear();
window.getChatSession = () => {
	const { session, messages } = chat.conversation;
	return { ...session, status: chat.connection.status, messages, unsent: chat.outbox.items };
};
if (resume) chat.resume(resume);
await untilWanted(host);
// Behind a launcher it is the loader that knows.
if (host?.mode === 'inline') host.emit('opened');
chat.start();
