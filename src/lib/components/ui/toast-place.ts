/** The edges of an element, in px from the window's top left. */
interface Edges {
	left: number;
	right: number;
	top: number;
	bottom: number;
}

/** The horizontal edges and the total height of the toasts, in px. */
interface ToastArea {
	left: number;
	right: number;
	height: number;
	windowHeight: number;
	/** The toasts' default distance from the window's bottom. */
	margin: number;
}

const GAP = 8;
/** Toasts stay in this lower part of the window, where users expect them. */
const LOWER_PART = 0.6;

/** Returns the smallest distance from the window's bottom at which toasts cover no obstacle; undefined if they would leave the lower part. */
export function findClearBottom(obstacles: Edges[], space: ToastArea): number | undefined {
	const overlapping = obstacles
		.filter(({ left, right }) => left < space.right + GAP && right > space.left - GAP)
		.toSorted((a, b) => b.bottom - a.bottom);
	let bottomY = space.windowHeight - space.margin;
	for (const { top, bottom } of overlapping) {
		const isCovered = top < bottomY + GAP && bottom > bottomY - space.height - GAP;
		if (isCovered) bottomY = top - GAP;
	}
	const isLow = bottomY - space.height > space.windowHeight * (1 - LOWER_PART);
	return isLow ? space.windowHeight - bottomY : undefined;
}

/** Elements to avoid even if there is no room to avoid every control: save bars, composers, dialog buttons. */
const BARS = '[data-keep-clear]';
const CONTROLS = `${BARS}, button, input, select, textarea, [role="switch"], [role="tab"]`;

/** Returns the distance from the window's bottom at which toasts cover no control, or at least no bar; otherwise, the default margin. */
export function findToastBottom(space: ToastArea): number {
	const getEdges = (selector: string) =>
		[...document.querySelectorAll(selector)]
			.filter((node) => !node.closest('[data-sonner-toaster]'))
			.map((node) => node.getBoundingClientRect())
			.filter(({ width, bottom, top }) => width > 0 && bottom > 0 && top < space.windowHeight);
	return (
		findClearBottom(getEdges(CONTROLS), space) ??
		findClearBottom(getEdges(BARS), space) ??
		space.margin
	);
}
