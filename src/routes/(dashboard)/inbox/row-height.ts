/** Three lines of a chat in the list, in px; the virtual list relies on it. */
export const ROW_HEIGHT = 68;
