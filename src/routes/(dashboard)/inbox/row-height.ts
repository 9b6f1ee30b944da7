/** The height of a chat's row in px, which the virtual list relies on. */
export const ROW_HEIGHT = 68;
