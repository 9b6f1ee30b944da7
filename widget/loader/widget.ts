import type { LeadFields, ToHost } from '../bridge';
import { tell } from './api';
import { makeFrame } from './frame';
import { showInline } from './inline';
import { makeLauncher, type Launcher } from './launcher';
import { fetchLook } from './look';
import { isSmall, pageNow } from './page';
import type { Wanted } from './settings';
import { told, type Shown } from './told';

export type Widget = ReturnType<typeof makeWidget>;

/** One site's chat on this page. */
export function makeWidget(wanted: Wanted) {
	const { settings, place } = wanted;
	const { site } = settings;
	const frame = makeFrame(wanted, () => isOpen, heard);
	let isOpen = false;
	let launcher: Launcher | undefined;
	let fields: LeadFields | undefined;

	const near = () => {
		if (!frame.node.parentNode) launcher?.panel.append(frame.node);
		frame.load();
	};
	/** Opens or closes; without a word it does the other. */
	const set = (isToOpen = !isOpen) => {
		if (place && isToOpen) place.scrollIntoView({ block: 'nearest' });
		if (!launcher || isOpen === isToOpen) return;
		isOpen = isToOpen;
		launcher.show(isOpen);
		// The page must not scroll below a chat that fills a telephone's screen.
		if (isSmall()) document.documentElement.style.overflow = isOpen ? 'hidden' : '';
		frame.post({ type: isOpen ? 'open' : 'close' });
		if (isOpen) {
			near();
			frame.node.focus();
		} else launcher.button.focus();
		tell(shown, isOpen ? 'opened' : 'closed');
	};
	const shown: Shown = { ...wanted, set };
	const widget = {
		site,
		origin: wanted.origin,
		place,
		set,
		identify(more: LeadFields) {
			fields = { ...fields, ...more };
			frame.post({ type: 'identify', fields });
		},
		moved: () => frame.post({ type: 'page', ...pageNow() }),
		/** Shows the launcher, beside the body: one with a transform would carry it along, one that is changed lose it. */
		attach() {
			if (launcher && !launcher.host.isConnected) document.documentElement.append(launcher.host);
		},
		isGone: false,
		/** Takes it out of the page, as if it had never been asked for. */
		remove() {
			set(false);
			launcher?.host.remove();
			launcher = undefined;
			frame.node.remove();
			widget.isGone = true;
		},
		/** Shows the launcher, or the chat in its place once the visitor comes near it. */
		async show() {
			const look = await (place ? undefined : fetchLook(wanted));
			// eslint-disable-next-line no-console -- for whoever wrote the page
			if (look === null) return console.warn(`Frontdesk: no site "${site}"`);
			if (look) launcher = makeLauncher(look, () => set(), near);
			Object.assign(shown, { look, launcher });
			widget.attach();
			if (place) showInline(place, frame.node, frame.load);
			tell(shown, 'ready');
		},
	};

	function heard(message: ToHost): void {
		if (message.type === 'close') set(false);
		if (message.type === 'unread') told.push([shown, message]);
		if (message.type === 'event') tell(shown, message.name, message.detail);
		if (message.type === 'load' && fields) frame.post({ type: 'identify', fields });
	}
	return widget;
}
