/**
 * Returns whether a key belongs to an input method, as the Enter that chooses a Japanese word. Safari ends the composition before
 * the event of that key, whose code is then 229.
 */
export const isComposing = (event: Pick<KeyboardEvent, 'isComposing' | 'keyCode'>): boolean =>
	event.isComposing || event.keyCode === 229;
