/** The folder of the screenshots that browser tests take. */
export const SCREENSHOTS = 'test-results/screens';
