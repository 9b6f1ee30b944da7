/** The edges of an element or of the space for toasts, in px of the window. */
export interface Edges {
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
	/** The distance from the window's bottom without obstacles. */
	margin: number;
}

const GAP = 8;
/** Toasts stay in the lower part of the window, where people look for them. */
const LOWER_PART = 0.6;

/** Returns the lowest distance from the window's bottom at which toasts cover no obstacle; undefined if there is none. */
export function findClearBottom(obstacles: Edges[], space: Space): number | undefined {
	const inWay = obstacles
		.filter(({ left, right }) => left < space.right + GAP && right > space.left - GAP)
		.toSorted((a, b) => b.bottom - a.bottom);
	let bottom = space.windowHeight - space.margin;
	for (const { top, bottom: end } of inWay) {
		const isCovered = top < bottom + GAP && end > bottom - space.height - GAP;
		if (isCovered) bottom = top - GAP;
	}
	const isLow = bottom - space.height > space.windowHeight * (1 - LOWER_PART);
	return isLow ? space.windowHeight - bottom : undefined;
}

/** Bars that toasts never cover, even where the page has no free space: save bars, composers, the buttons of dialogs. */
const BARS = '[data-keep-clear]';
const CONTROLS = `${BARS}, button, input, select, textarea, [role="switch"], [role="tab"]`;

/** Returns the distance from the window's bottom at which toasts of this size cover no control of the page. */
export function placeToasts(space: Space): number {
	const edgesOf = (selector: string) =>
		[...document.querySelectorAll(selector)]
			.filter((node) => !node.closest('[data-sonner-toaster]'))
			.map((node) => node.getBoundingClientRect())
			.filter(({ width, bottom, top }) => width > 0 && bottom > 0 && top < space.windowHeight);
	return (
		findClearBottom(edgesOf(CONTROLS), space) ??
		findClearBottom(edgesOf(BARS), space) ??
		space.margin
	);
}
