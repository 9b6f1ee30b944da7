/**
 * Returns whether a key press belongs to an input method, such as the Enter that accepts a Japanese word. In Safari, that event
 * comes after the composition has ended, with key code 229.
 */
export const isComposing = (event: Pick<KeyboardEvent, 'isComposing' | 'keyCode'>): boolean =>
	event.isComposing || event.keyCode === 229;
