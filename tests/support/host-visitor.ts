import type { FrameLocator, Page } from 'playwright-core';

type Place = Page | FrameLocator;

export const launcher = (page: Place) => page.locator('button[aria-expanded]');
export const chatIn = (page: Place) => page.frameLocator('iframe[src*="/embed/"]');

/** The chat session that the page's widget shows. */
export const sessionOf = (page: Page) =>
	page
		.frames()
		.find((frame) => frame.url().includes('/embed/'))
		?.evaluate<string>('window.getChatSession().session_id');

/** Says it, and waits for the AI's answer. */
export async function say(page: Place, text: string): Promise<void> {
	const answers = chatIn(page).getByRole('log').locator('.ai');
	await answers.first().waitFor();
	const before = await answers.count();
	await chatIn(page).getByRole('textbox').fill(text);
	await chatIn(page).getByRole('textbox').press('Enter');
	await answers.nth(before).waitFor();
}

/** Opens the chat by its launcher, waits for the greeting, and gets an answer. */
export async function converse(page: Place): Promise<void> {
	await launcher(page).click();
	await say(page, 'Yes, please');
}
