import { find, setText } from '../dom.ts';

const getDialog = () => find('ask', HTMLDialogElement);

/** Asks for confirmation in a modal dialog, before an action that can't be undone. */
export function confirm(question: string, verb: string, onConfirm: () => void): void {
	const confirmButton = find('ask-yes', HTMLButtonElement);
	setText(find('ask-text', HTMLElement), question);
	setText(confirmButton, verb);
	confirmButton.onclick = () => {
		getDialog().close();
		onConfirm();
	};
	find('ask-no', HTMLButtonElement).onclick = () => getDialog().close();
	getDialog().showModal();
}

export const isConfirming = () => getDialog().open;
