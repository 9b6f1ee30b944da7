import type { HostEvent } from '../../bridge';
import { isSmall } from '../page';
import type { Shown } from '../told';

/** Below a chat that fills a telephone's screen the page takes neither focus nor touch, and is not read out. */
export function keepAlone({ launcher }: Shown, event: HostEvent): void {
	if (!launcher || (event !== 'opened' && event !== 'closed')) return;
	const isAlone = event === 'opened' && isSmall();
	document.body.inert = isAlone;
	launcher.panel.ariaModal = `${isAlone}`;
}
