import fc from 'fast-check';
import type { CountryCode } from 'libphonenumber-js/max';
import { describe, expect, it } from 'vitest';
import { detectContacts, canHaveContacts } from './detect.ts';
import { findEmail } from './email.ts';
import { findPhone } from './phone.ts';

const emails: [text: string, email: string | undefined][] = [
	['I am maya@hartmann.example.', 'maya@hartmann.example'],
	['<Maya@Hartmann.Example>, thanks', 'maya@hartmann.example'],
	["write to 'maya.h+roof@hart-mann.example'!", 'maya.h+roof@hart-mann.example'],
	['mailto:maya@hartmann.example', 'maya@hartmann.example'],
	['maya@müller.example', 'maya@xn--mller-kva.example'],
	['not@valid, but maya@hartmann.example', 'maya@hartmann.example'],
	// Addresses that touch the words of a script without spaces:
	// https://github.com/microsoft/Recognizers-Text/pull/3185, https://github.com/nfrasser/linkifyjs/issues/82
	['1邮件地址test@test.com', 'test@test.com'],
	['我的邮箱是maya@example.com谢谢', 'maya@example.com'],
	['邮箱：maya@example.com。', 'maya@example.com'],
	['メールはmaya@example.co.jpです', 'maya@example.co.jp'],
	['maya@example.com으로 보내주세요', 'maya@example.com'],
	['อีเมลmaya@example.comครับ', 'maya@example.com'],
	['بريدي maya@example.com، شكرا', 'maya@example.com'],
	['Почта:maya@example.ru, спасибо', 'maya@example.ru'],
	// Full-width characters: https://github.com/nfrasser/linkifyjs/issues/273, https://github.com/maziyarpanahi/openmed/pull/1547
	['Firstname：email@server.com', 'email@server.com'],
	['ｍａｙａ＠ｅｘａｍｐｌｅ．ｃｏｍ', 'maya@example.com'],
	['（maya@example.com）', 'maya@example.com'],
	['[maya@example.com](mailto:maya@example.com)', 'maya@example.com'],
	['E-Mail=maya@example.com&x=1', 'maya@example.com'],
	['«maya@example.com»', 'maya@example.com'],
	['maya@example.com…', 'maya@example.com'],
	// Dots that some providers gave out: https://github.com/PHPMailer/PHPMailer/issues/418,
	// https://github.com/exceedone/exment/issues/800, https://github.com/KumoCorp/kumomta/issues/77
	['try..this..0511@docomo.ne.jp', 'try..this..0511@docomo.ne.jp'],
	['xxx.yyy.@docomo.ne.jp', 'xxx.yyy.@docomo.ne.jp'],
	['email.@gmail.com', 'email.@gmail.com'],
	['a..b@docomo.ne.jp', 'a..b@docomo.ne.jp'],
	['maya.@ezweb.ne.jp', 'maya.@ezweb.ne.jp'],
	// Internationalized addresses: https://github.com/PHPMailer/PHPMailer/issues/668 and /251,
	// https://github.com/nodemailer/mailparser/issues/321, https://github.com/validatorjs/validator.js/issues/377
	['османов@письмо.рф', 'османов@xn--h1aigbl0e.xn--p1ai'],
	['üñîçøðé@example.com', 'üñîçøðé@example.com'],
	['方思腾@方思腾.香港', '方思腾@xn--m8tt8jnp1a.xn--j6w193g'],
	['löcal@test.de', 'löcal@test.de'],
	['用户@例子.公司', '用户@xn--fsqu00a.xn--55qx5d'],
	['françois@exemple.fr', 'françois@exemple.fr'],
	['δοκιμή@παράδειγμα.ελ', 'δοκιμή@xn--hxajbheg2az3al.xn--qxam'],
	['अजय@डाटा.भारत', 'अजय@xn--c2bd1gb.xn--h2brj9c'],
	['test@日本語.jp', 'test@xn--wgv71a119e.jp'],
	// Invisible marks from a copied page: https://github.com/medic/cht-core/issues/7654
	['\u200bmaya@\u200bexample.com\ufeff', 'maya@example.com'],
	['\u202amaya@example.com\u202c', 'maya@example.com'],
	['may\u00ada@exam\u00adple.com', 'maya@example.com'],
	['maya [at] example.com', 'maya@example.com'],
	['maya(at)example(dot)com', 'maya@example.com'],
	["o'brien@example.ie", "o'brien@example.ie"],
	['write to maya@ example.com', 'maya@example.com'],
	['maya@example.com—thanks', 'maya@example.com'],
	['maya@example.com।', 'maya@example.com'],
	['「maya@example.com」', 'maya@example.com'],
	['My email is maya @ example.com, thanks', 'maya@example.com'],
	['maya.h @ example.com or call me', 'maya.h@example.com'],
	['maya%40example.com', 'maya@example.com'],
	['https://example.com/?email=maya%40example.com&x=1', 'maya@example.com'],
	['write to d’arcy@example.com', "d'arcy@example.com"],
	["mail d'angelo@example.com", "d'angelo@example.com"],
	["Scrivete all'info@azienda.it", 'info@azienda.it'],
	['écrivez à l’accueil@exemple.fr', 'accueil@exemple.fr'],

	['My mail: maya@example.com.Thanks for the call', 'maya@example.com'],
	['почтаmaya@example.comспасибо', 'maya@example.com'],
	['Мария.м@example.com', 'мария.м@example.com'],
	['My email is maya @example.com', 'maya@example.com'],
	['maya @gmail.com works best', 'maya@gmail.com'],
	['maya @example.com', 'maya@example.com'],
	['邮箱 maya@example。com', 'maya@example.com'],
	['maya@example.com。thanks', 'maya@example.com'],
	['find us @example.com today', undefined],
	['meet me @ example.com', undefined],
	['https://medium.com/%40maya/roofs.html', undefined],
	['maya@hartmann', undefined],
	['maya@hart..example', undefined],
	['@maya', undefined],
	['a@b@c', undefined],
	['https://example.com/@maya', undefined],
	['https://user:secret@host.example/x', undefined],
	['meet me at example dot com', undefined],
	['10@1.5', undefined],
	['maya@gmail.com9876543210', 'maya@gmail.com'],
	['maya@gmail. com', 'maya@gmail.com'],
	['I am maya@gmail .com, hi', 'maya@gmail.com'],
	['mail maya@gmail. Come by', undefined],
	['follow @maya.hartmann', undefined],
	['see logo@2x.png', undefined],
];

const phones: [text: string, phone: string | undefined, country?: CountryCode][] = [
	['+49 (0)170 / 123 45-67', '+491701234567'],
	['0049 170 1234567', '+491701234567'],
	['call +1 (202) 555-0143 please', '+12025550143'],
	['+49 170 1234567 2 weeks from now', '+491701234567'],
	['+49 170 1234567 10 Uhr', '+491701234567'],
	['+33 6 12 34 56 78 merci', '+33612345678'],
	['+49 123 / 42 42 42', '+49123424242'], // https://github.com/janimo/textsecure-qml/issues/42
	// Digits of other scripts: https://github.com/google/libphonenumber/issues/954, https://github.com/TRoboto/Maha/issues/42
	['لو سمحت اتصل على الرقم التالي 00962788067263', '+962788067263'],
	['＋４９ １７０ １２３４５６７', '+491701234567'],
	['٠٠٤٩ ١٧٠ ١٢٣٤٥٦٧', '+491701234567'],
	['+۴۹۱۷۰۱۲۳۴۵۶۷', '+491701234567'],
	['电话+8613812345678谢谢', '+8613812345678'],
	// Extensions: https://github.com/CDCgov/dibbs-ecr-viewer/issues/497, https://github.com/espocrm/espocrm/issues/3022
	['+1-608-271-9000-x11', '+16082719000;ext=11'],
	['608-271-9000x11', '+16082719000;ext=11', 'US'],
	['608-271-9000 ext 11', '+16082719000;ext=11', 'US'],
	['(212) 555 - 5555 ext. 5555', '+12125555555;ext=5555', 'US'], // https://github.com/CDCgov/prime-reportstream/issues/5628
	['My number is +1 (202) 555-0143 ext. 12', '+12025550143;ext=12'],
	['+1-202-555-0143-x11', '+12025550143;ext=11'],
	['+1 202 555 0143 x 9', '+12025550143;ext=9'],
	['+1 202 555 0143 #9', '+12025550143;ext=9'],
	['+12025550143;ext=12', '+12025550143;ext=12'],
	['+12025550143,12', '+12025550143;ext=12'],
	['+7 495 123-45-67 доб. 89', '+74951234567;ext=89'],
	['+86 10 6552 9988 转 801', '+861065529988;ext=801'],
	// The words of https://github.com/google/libphonenumber/blob/master/FAQ.md#extensions and of other languages
	['+49 30 1234567 Durchwahl -12', '+49301234567;ext=12'],
	['+7 495 123-45-67 добавочный 12', '+74951234567;ext=12'],
	['+34 912 345 678 extensión 12', '+34912345678;ext=12'],
	['+82 2-312-3456 내선 12', '+8223123456;ext=12'],
	['+90 212 345 67 89 dahili 12', '+902123456789;ext=12'],
	['+966 11 123 4567 تحويلة 12', '+966111234567;ext=12'],
	['+972 3-123-4567 שלוחה 12', '+97231234567;ext=12'],
	['+84 28 1234 5678 máy lẻ 12', '+842812345678;ext=12'],
	['+33 1 42 68 53 00 poste 12', '+33142685300;ext=12'],
	['+86 10 6552 9988-801', '+861065529988;ext=801'],
	['+1 202 555 0143×12', '+12025550143;ext=12'],
	['+12025550143;12', '+12025550143;ext=12'],
	['+12025550143p12', '+12025550143;ext=12'],
	['+49 170 1234567 24/7', '+491701234567'],
	['+49 170 1234567 (24h)', '+491701234567'],
	['+491701234567/+49307654321', '+491701234567'],
	['202-555-0143 202-555-0199', '+12025550143', 'US'],
	['call 202-555-0143/202-555-0199', '+12025550143', 'US'],
	['0170 1234567 030 7654321', '+491701234567', 'DE'],
	['011 49 170 1234567', '+491701234567', 'US'],
	['+39 (0)6 1234567', '+39061234567'],
	['+1-800-FLOWERS', '+18003569377'],
	['call 1 (800) MY-APPLE', '+18006927753', 'US'],
	['https://wa.me/491701234567', '+491701234567'],
	['[+1] 202 555 0143', '+12025550143'],
	['+1 202•555•0143', '+12025550143'],
	['My number is 333 1234567', '+393331234567', 'IT'],
	['+49 170 1234567 / +49 30 7654321', '+491701234567'],
	// Marks that phones put around copied numbers: https://github.com/verbb/hyper/issues/86,
	// https://github.com/signalapp/Signal-Android/issues/11630, https://github.com/woocommerce/woocommerce/issues/58000
	['\u202d+447976399087\u202c', '+447976399087'],
	['\u2068+49 170 1234567\u2069', '+491701234567'],
	['+1\ufe0d-555-123-4567', '+15551234567'],
	['\u202a+49 170 1234567\u202c', '+491701234567'],
	['+49\u2060170\u20601234567', '+491701234567'],
	['+33\u202f6\u202f12\u202f34\u202f56\u202f78', '+33612345678'],
	['(+49) 170 1234567', '+491701234567'],
	['0170 1234567', '+491701234567', 'DE'],
	['ruf mich an: 0170/1234567, danke', '+491701234567', 'DE'],
	['0170 1234567 / 030 7654321', '+491701234567', 'DE'],
	['06 12 34 56 78', '+33612345678', 'FR'],
	// Hours after a number, which are no extension
	['+49 170 1234567 9-17h', '+491701234567'],
	['0170 1234567 (9-17 Uhr)', '+491701234567', 'DE'],
	['06 12 34 56 78 de 9h à 17h', '+33612345678', 'FR'],
	['+49 170 1234567, 9:00-17:00', '+491701234567'],
	['0170 1234567 9-17', '+491701234567', 'DE'],
	['030 1234567 (9–17)', '+49301234567', 'DE'],
	['+49 30 1234567, 10-12', '+49301234567'],
	['089 123456 45-67', '+49891234564567', 'DE'],
	// Floors, flats and counts after a number
	['030 1234567 1. Stock', '+49301234567', 'DE'],
	['+43 1 5331234 2. Obergeschoss', '+4315331234'],
	['0170 1234567 3. März', '+491701234567', 'DE'],
	['030 123 45 67. Danke', '+49301234567', 'DE'],
	['0170 1234567 App. 3b', '+491701234567', 'DE'],
	['+1 202-555-0143, local 2 story', '+12025550143'],
	['+1 202-555-0143 x 2 people', '+12025550143'],
	['+1 202-555-0143 #4 apartment', '+12025550143'],
	['+1 202-555-0143 ext 3rd floor', '+12025550143'],
	['+1 202-555-0143 x2 reception', '+12025550143;ext=2'],
	['+1 202-555-0143 x 2 please', '+12025550143;ext=2'],
	['+34 912 345 678 local 24 gracias', '+34912345678;ext=24'],
	["+41 79 123'45'67", '+41791234567'],
	['079 123’45’67', '+41791234567', 'CH'],
	['(800) 555-ROOF', '+18005557663', 'US'],
	['1-800-555-ROOF', '+18005557663', 'US'],
	['from 800 to 888 200 SQFT', undefined, 'US'],
	['our roof has 800-900 SQFT', undefined, 'US'],
	['800-555-ROOF', '+18005557663', 'US'],
	['030 123 45 67 mobil', '+49301234567', 'DE'],
	['0176 123 456 78 ist meine Nummer', '+4917612345678', 'DE'],
	['030 7654321 10 Uhr', '+49307654321', 'DE'],
	['089 123 456 10 Uhr', '+4989123456', 'DE'],
	['0664/123 45 67 10 Fenster', '+436641234567', 'AT'],
	['030 12-34.56', '+4930123456', 'DE'],
	["'+49 170 1234567' '12'", '+491701234567'],
	['whatsapp://send?phone=12025550143', '+12025550143'],
	['+4️⃣9️⃣ 170 1234567', '+491701234567'],
	['﹢49 170 1234567', '+491701234567'],
	['+43 1 7654321 Klappe 12', '+4317654321;ext=12'],
	['+49 30 7654321 App. 12', '+49307654321;ext=12'],
	['+45 33 12 34 56 lokal 12', '+4533123456;ext=12'],
	['+44 20 7946 0958 extension number 5', '+442079460958;ext=5'],
	['+1 202-555-0143 [ext 5]', '+12025550143;ext=5'],
	['(202) 555-0143', '+12025550143', 'US'],
	['my cell is 202.555.0143 x4', '+12025550143;ext=4', 'US'],
	['2025550143', '+12025550143', 'US'],
	['llámame al 612 345 678', '+34612345678', 'ES'],
	['090-1234-5678です', '+819012345678', 'JP'],
	['98765 43210', '+919876543210', 'IN'],
	['03ー1234ー5678', '+81312345678', 'JP'],
	['０９０ー１２３４ー５６７８', '+819012345678', 'JP'],
	['微信同号 138-1234-5678', '+8613812345678', 'CN'],
	['โทร 081-234-5678 ครับ', '+66812345678', 'TH'],
	['8 (912) 345-67-89', '+79123456789', 'RU'],
	['رقمي ٠٥٠ ١٢٣ ٤٥٦٧', '+966501234567', 'SA'],
	['12345 67890', undefined, 'DE'],
	['100-200-300 people', undefined, 'US'],
	['+1 202_555_0143', '+12025550143'],
	['+1~202~555~0143', '+12025550143'],
	['+49|170|1234567', '+491701234567'],
	['+49*170*1234567', '+491701234567'],
	['49 170 1234567', '+491701234567', 'DE'],
	['11 1234-5678', '+541112345678', 'AR'],
	['room 11 1234-5678', undefined, 'AR'],
	// Without the leading zero, where it is optional
	['I am Raj, 9876543210', '+919876543210', 'IN'],
	['My no. is 9876543210', '+919876543210', 'IN'],
	['ph# 202-555-0143', '+12025550143', 'US'],
	['meu zap é 11987654321', '+5511987654321', 'BR'],
	['5321234567', '+905321234567', 'TR'],
	['1701234567 pieces', undefined, 'DE'],
	['contract 9876543210', undefined, 'IN'],
	['John Smith 2025550143', '+12025550143', 'US'],
	['2025550143 after 5pm', '+12025550143', 'US'],
	['(202)5550143', '+12025550143', 'US'],
	['📞2025550143', '+12025550143', 'US'],
	['hp 91234567', '+6591234567', 'SG'],
	['on 20251212', undefined, 'DK'],
	// Ranges that are reserved for examples
	['My number is 07700 900123', '+447700900123', 'GB'],
	['(555) 123-4567', '+15551234567', 'US'],
	['part 07700 900123', undefined, 'GB'],
	['Hauptstraße 12 01701234567', '+491701234567', 'DE'],
	['My ZIP is 94107 415-555-2671', '+14155552671', 'US'],
	['94107-1234 (415) 555-2671', '+14155552671', 'US'],
	['San Francisco, CA 94107 4155552671', '+14155552671', 'US'],
	['New Delhi 110001 9876543210', '+919876543210', 'IN'],
	['100000 138 1234 5678', '+8613812345678', 'CN'],
	['80331 089 1234567', '+49891234567', 'DE'],
	['4111 1111 1111 1111', undefined, 'US'],
	['1234 5678 9012 3456', undefined, 'IN'],
	// https://github.com/daviddrysdale/python-phonenumbers/issues/306
	['+52 1 55 1234 5678', '+525512345678'],
	['+5215512345678', '+525512345678'],
	['43 664 1234567', '+436641234567', 'AT'],
	['0491 701234', '+49491701234', 'DE'],
	['file +report_2027_1234_567.pdf', undefined, 'DE'],
	['0170 1234567', undefined],
	['+12345', undefined],
	['+1234567890123456', undefined],
	['+0170 1234567', undefined],
	['a+4915112345678', undefined],
	['order 00012345678', undefined],
	['order 4711234567', undefined, 'DE'],
	['order 2025550143', undefined, 'US'],
	['Bestellung 01711234567', undefined, 'DE'],
	// Order numbers, dates and addresses of machines: https://github.com/google/site-kit-wp/issues/11484,
	// https://github.com/google/libphonenumber/issues/708, https://github.com/OpenCTI-Platform/connectors/pull/7065
	['05.10.1986', undefined, 'DE'],
	['03.07 - 17.07.15', undefined, 'DE'],
	['03.06-07.06.2015', undefined, 'DE'],
	['08.06  - 22.06', undefined, 'DE'],
	['07.08. - 25.08', undefined, 'DE'],
	['05.10-09.10.2015', undefined, 'DE'],
	['03.08.15-04.08.15', undefined, 'DE'],
	['Order number: 10023456789', undefined, 'US'],
	['on 12.03.2027 14:30', undefined, 'DE'],
	['from 01.02.2027 10 guests', undefined, 'DE'],
	['2027-03-12 10:00:00', undefined, 'DE'],
	['my server is 192.168.100.200', undefined, 'DE'],
	['about 1.500.000 €', undefined, 'DE'],
	['$1,500,000', undefined, 'US'],
	['DE89 3704 0044 0532 0130 00', undefined, 'DE'],
	['4111 1111 1111 1111', undefined, 'US'],
	['https://example.com/item/01701234567', undefined, 'DE'],
];

describe('detecting contacts', () => {
	it.each(emails)('the email in %j is %j', (text, email) => {
		expect(detectContacts(text).email).toBe(email);
	});

	it.each(phones)('the phone number in %j is %j (%s)', (text, phone, country) => {
		expect(detectContacts(text, country).phone).toBe(phone);
	});

	it('finds an address and a number in one sentence', () => {
		expect(detectContacts('maya@hartmann.example +4915112345678')).toEqual({
			email: 'maya@hartmann.example',
			phone: '+4915112345678',
		});
	});

	it('finds a number without a country only with acceptsLocal, and never a date', () => {
		expect(findPhone('0170 1234567')).toBeUndefined();
		expect(findPhone('0170 1234567', { acceptsLocal: true })?.value).toBe('01701234567');
		expect(findPhone('on 12.03.2027', { acceptsLocal: true })).toBeUndefined();
	});

	it('returns the range of a value in the original text', () => {
		const text = '👋\u200b m\u00adaya@example.com\u200b and ＋４９ １７０ １２３４５６７!';
		const [email, phone] = [findEmail(text), findPhone(text)];
		expect(email && text.slice(email.start, email.end)).toBe('m\u00adaya@example.com');
		expect(phone && text.slice(phone.start, phone.end)).toBe('＋４９ １７０ １２３４５６７');
	});

	it('never throws, and every range lies within the text', () => {
		const piece = fc.oneof(
			fc.string({ unit: 'binary' }),
			fc.constantFrom(
				'@',
				'maya@example.com',
				'+49 170 ',
				'1234567',
				' x',
				';ext=',
				'(',
				'谢谢',
				'\u200d',
				'٠',
				'\ud800',
				'.',
				'-',
				'/',
				'0',
				'00',
			),
		);
		const country = fc.constantFrom(undefined, 'DE' as const, 'US' as const, 'ES' as const);
		fc.assert(
			fc.property(fc.array(piece, { maxLength: 30 }), country, (pieces, country) => {
				const text = pieces.join('');
				const found = detectContacts(text, country);
				if (Object.keys(found).length > 0) expect(canHaveContacts(text)).toBe(true);
				for (const { start, end } of [
					findEmail(text),
					findPhone(text, { country, acceptsLocal: true }),
				].flatMap((at) => at ?? [])) {
					expect(start).toBeLessThan(end);
					expect(end).toBeLessThanOrEqual(text.length);
				}
			}),
			{ numRuns: 500 },
		);
	});

	it.each([
		'@',
		'a@',
		'1 ',
		'+',
		'. ',
		'(',
		'a.',
		'0',
		'谢',
		'\u200b',
		'x1',
		'(at)',
		'1-',
		'https://',
	])('%j repeated takes linear time', (piece) => {
		// Quadratic work on 32,000 characters would exceed the test's time limit.
		expect(detectContacts(piece.repeat(32_000 / piece.length), 'DE')).toEqual({});
	});

	it('a contact that is repeated throughout a text is searched for only a few times', () => {
		const ada = { email: 'ada@lovelace.org', phone: '+491701234567' };
		const text = 'ada@lovelace.org +49 170 1234567 '.repeat(900);
		expect(detectContacts(`${text} grace@hopper.mil`, 'DE')).toEqual(ada);
	});
});
