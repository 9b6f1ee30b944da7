import { escapeHtml, fill } from './html.ts';
import page from './preview.html?raw';

/** In place of the chat's script: it only shows what the settings page says, and speaks to no server. */
export const previewScript = (nonce: string) => fill(page, { nonce });

const SAMPLE: [sender: 'visitor' | 'ai', text: string][] = [
	['visitor', 'I would like an offer'],
	['ai', 'Gladly! When would you like to start?'],
];

/** A few lines of a conversation, so that every colour can be seen. */
export const sampleConversation = () =>
	SAMPLE.map(
		([sender, text]) =>
			`<div class="row ${sender} first"><div class="bubble">${escapeHtml(text)}</div></div>`,
	).join('');
