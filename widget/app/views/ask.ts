import { find, setText } from '../dom.ts';

const dialog = () => find('ask', HTMLDialogElement);

/** Asks before something is done that cannot be undone; the browser keeps the focus inside. */
export function ask(question: string, verb: string, act: () => void): void {
	const yes = find('ask-yes', HTMLButtonElement);
	setText(find('ask-text', HTMLElement), question);
	setText(yes, verb);
	yes.onclick = () => {
		dialog().close();
		act();
	};
	find('ask-no', HTMLButtonElement).onclick = () => dialog().close();
	dialog().showModal();
}

export const isAsking = () => dialog().open;
