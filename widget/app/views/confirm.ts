import { getElement, setText } from '../dom.ts';

const getDialog = () => getElement('ask', HTMLDialogElement);

/** Asks for confirmation in a modal dialog, before an action that can't be undone. */
export function confirm(question: string, verb: string, onConfirm: () => void): void {
	const confirmButton = getElement('ask-yes', HTMLButtonElement);
	setText(getElement('ask-text', HTMLElement), question);
	setText(confirmButton, verb);
	confirmButton.onclick = () => {
		getDialog().close();
		onConfirm();
	};
	getElement('ask-no', HTMLButtonElement).onclick = () => getDialog().close();
	getDialog().showModal();
}

export const isConfirming = () => getDialog().open;
