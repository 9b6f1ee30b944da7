import { find, setText } from '../dom.ts';

const dialog = () => find('ask', HTMLDialogElement);

/** Asks for confirmation in a modal dialog, before an action that can't be undone. */
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
