/** The full-access key of the environment that servers in tests are given. */
export const API_KEY = 'a full-access key for tests';
