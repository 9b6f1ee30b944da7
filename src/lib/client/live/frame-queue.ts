/** A hidden page paints no frames: its items go on after this, so that they do not pile up. */
const HIDDEN_MS = 500;

/** Collects what arrives and hands it on once a frame, however much it is. */
export function frameQueue<T>(take: (items: T[]) => void): {
	push(item: T): void;
	close(): void;
} {
	let items: T[] = [];
	let frame: number | undefined;
	let timer: ReturnType<typeof setTimeout> | undefined;
	const stop = () => {
		if (frame !== undefined) cancelAnimationFrame(frame);
		clearTimeout(timer);
		frame = timer = undefined;
	};
	const flush = () => {
		stop();
		const taken = items;
		items = [];
		take(taken);
	};
	return {
		push(item) {
			items.push(item);
			frame ??= requestAnimationFrame(flush);
			timer ??= setTimeout(flush, HIDDEN_MS);
		},
		close() {
			stop();
			items = [];
		},
	};
}
