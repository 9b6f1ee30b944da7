/** Pieces of text as a body: reads on as fast as the client takes it, and stops when the client leaves. */
export function streamOf(pieces: AsyncGenerator<string, void, void>): ReadableStream<Uint8Array> {
	return new ReadableStream<string>({
		async pull(client) {
			const { done, value } = await pieces.next();
			if (done) client.close();
			else client.enqueue(value);
		},
		async cancel() {
			await pieces.return();
		},
	}).pipeThrough(new TextEncoderStream());
}
