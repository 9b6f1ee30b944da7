export interface ServerSentEvent {
	event: string;
	data: unknown;
}

/** All server-sent events of an answer, comments left out. */
export async function readEvents(response: Response): Promise<ServerSentEvent[]> {
	const blocks = (await response.text()).split('\n\n').filter((block) => !/^(:|$)/.test(block));
	return blocks.map((block) => {
		const [, event = '', data = ''] = /^event: (.*)\ndata: (.*)$/.exec(block) ?? [];
		return { event, data: JSON.parse(data) as unknown };
	});
}
