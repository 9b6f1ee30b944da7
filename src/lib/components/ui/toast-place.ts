/** The edges of an element, in px from the window's top left. */
interface Edges {
	left: number;
	right: number;
	top: number;
	bottom: number;
}

interface Space {
	left: number;
	right: number;
	/** The height of all toasts. */
	height: number;
	windowHeight: number;
	/** The toasts' default distance from the window's bottom. */
	margin: number;
}

const GAP = 8;
/** Toasts stay in this lower part of the window, where users expect them. */
const LOWER_PART = 0.6;

/** Returns the smallest distance from the window's bottom at which toasts cover no obstacle; undefined if there is none. */
export function findClearBottom(obstacles: Edges[], space: Space): number | undefined {
	const overlapping = obstacles
		.filter(({ left, right }) => left < space.right + GAP && right > space.left - GAP)
		.toSorted((a, b) => b.bottom - a.bottom);
	let bottom = space.windowHeight - space.margin;
	for (const { top, bottom: end } of overlapping) {
		const isCovered = top < bottom + GAP && end > bottom - space.height - GAP;
		if (isCovered) bottom = top - GAP;
	}
	const isLow = bottom - space.height > space.windowHeight * (1 - LOWER_PART);
	return isLow ? space.windowHeight - bottom : undefined;
}

/** Elements that toasts never cover, even without free space: save bars, composers, dialog buttons. */
const BARS = '[data-keep-clear]';
const CONTROLS = `${BARS}, button, input, select, textarea, [role="switch"], [role="tab"]`;

/** Returns the distance from the window's bottom at which toasts cover no control of the page. */
export function findToastBottom(space: Space): number {
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
