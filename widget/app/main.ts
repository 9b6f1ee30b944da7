import './styles.css';
import { App } from './app.ts';
import { config, params, resume } from './boot.ts';
import { createDebugLog } from './debug-log.ts';
import { connectHost } from './host.ts';
import { openStorage } from './storage.ts';
import { fitAboveKeyboard } from './views/viewport.ts';
import { whenVisitorPresent } from './visibility.ts';

declare global {
	interface Window {
		/** For debugging: starts a new chat session. */
		clearChatSession: () => void;
		/** For debugging: returns the frame's state of its chat session. */
		getChatSession: () => unknown;
	}
}

fitAboveKeyboard();
const host = await connectHost(params.get('via'));
const canStore = config.has_storage_before_interaction;
const storage = await openStorage(config.site, host, canStore);
if (!canStore) storage.hold();
const { chat } = new App(host, storage, createDebugLog(params.get('debug') === '1'));
window.clearChatSession = () => chat.startNew();
window.getChatSession = () => {
	const { session, messages } = chat.conversation;
	return { ...session, status: chat.connection.status, messages, unsent: chat.outbox.items };
};
await whenVisitorPresent(host, canStore);
storage.release();
// Another tab may have started the chat in the meantime.
await storage.refresh();
if (resume) chat.resume(resume);
// With a launcher, the loader publishes this event.
if (host?.mode === 'inline') host.emit('opened');
chat.start();
