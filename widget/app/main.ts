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
		/** For debugging: starts a new chat session. */
		clearChatSession: () => void;
		/** For debugging: returns the frame's state of its chat session. */
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
// Another tab may have started the chat in the meantime.
await storage.refresh();
if (resume) chat.resume(resume);
// With a launcher, the loader publishes this event.
if (host?.mode === 'inline') host.emit('opened');
chat.start();
