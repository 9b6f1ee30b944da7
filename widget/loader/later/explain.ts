import { warn } from '../page.ts';
import type { WidgetState } from '../page-state.ts';

const PATIENCE_MS = 10_000;

let isTold = false;

/** Says in the console, once, why a chat may stay empty. */
export function explainSilence(widget: WidgetState): void {
	const { node } = widget.frame;
	const check = () =>
		setTimeout(() => {
			if (widget.isConnected || isTold || !node.isConnected) return;
			isTold = true;
			warn(
				`the chat of ${widget.origin} does not answer. Look at the errors above: this page's Content-Security-Policy (frame-src), its sandbox, or the site's allowed origins (Settings, Sites, Embed) may forbid it.`,
			);
		}, PATIENCE_MS);
	node.addEventListener('load', check);
	if (node.src) check();
}
