import './styles.css';
import { App } from './app.ts';
import { config, params, resume } from './boot.ts';
import { makeLog } from './debug.ts';
import { connectHost } from './host.ts';
import { openStorage } from './storage.ts';
import { followKeyboard } from './views/viewport.ts';
import { untilVisitorPresent } from './visibility.ts';

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
const mayStore = config.has_storage_before_interaction;
const storage = await openStorage(config.site, host, mayStore);
if (!mayStore) storage.hold();
const { chat } = new App(host, storage, makeLog(params.get('debug') === '1'));
window.clearChatSession = () => chat.clear();
window.getChatSession = () => {
	const { session, messages } = chat.conversation;
	return { ...session, status: chat.connection.status, messages, unsent: chat.outbox.items };
};
await untilVisitorPresent(host, mayStore);
storage.release();
// Another tab may have begun the chat since.
await storage.refresh();
if (resume) chat.resume(resume);
// Behind a launcher it is the loader that knows.
if (host?.mode === 'inline') host.emit('opened');
chat.start();
