interface ImageSize {
	width: number;
	height: number;
}

/** Returns the size in pixels that the header of a PNG, JPEG or WebP declares; undefined for anything else. */
export function readImageSize(bytes: Uint8Array): ImageSize | undefined {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	try {
		if (view.getUint32(0) === 0x89504e47) {
			return { width: view.getUint32(16), height: view.getUint32(20) };
		}
		if (view.getUint16(0) === 0xffd8) return readJpegSize(view);
		return readText(view, 0) === 'RIFF' && readText(view, 8) === 'WEBP'
			? readWebpSize(view)
			: undefined;
	} catch (error) {
		if (error instanceof RangeError) return undefined;
		throw error;
	}
}

const readText = (view: DataView, offset: number) =>
	String.fromCharCode(...[0, 1, 2, 3].map((index) => view.getUint8(offset + index)));

/** Frame headers (SOF0 to SOF15), except the other segments in their range: DHT, JPG and DAC. */
const isFrameHeader = (marker: number) =>
	marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

function readJpegSize(view: DataView): ImageSize | undefined {
	let offset = 2;
	while (view.getUint8(offset) === 0xff) {
		const marker = view.getUint8(offset + 1);
		if (isFrameHeader(marker)) {
			return { width: view.getUint16(offset + 7), height: view.getUint16(offset + 5) };
		}
		// 0xff may be repeated before a marker.
		offset += marker === 0xff ? 1 : 2 + view.getUint16(offset + 2);
	}
	return undefined;
}

function readWebpSize(view: DataView): ImageSize | undefined {
	const readUint24 = (offset: number) =>
		view.getUint16(offset, true) | (view.getUint8(offset + 2) << 16);
	switch (readText(view, 12)) {
		case 'VP8X':
			return { width: 1 + readUint24(24), height: 1 + readUint24(27) };
		case 'VP8L': {
			const bits = view.getUint32(21, true);
			return { width: 1 + (bits & 0x3fff), height: 1 + ((bits >>> 14) & 0x3fff) };
		}
		case 'VP8 ':
			return {
				width: view.getUint16(26, true) & 0x3fff,
				height: view.getUint16(28, true) & 0x3fff,
			};
		default:
			return undefined;
	}
}
