import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { WidgetLanguage } from '#lib/contract/frame.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { DEFAULT_FALLBACK_REPLY } from '#lib/server/sites/index.ts';
import { getVisitorLanguage } from '#lib/server/sites/unchecked.ts';
import type { Turn } from './turn.ts';

interface FallbackTexts {
	/** Used for the first failed answer. */
	first: string;
	/** Used for subsequent failures, alternating. */
	repeated: [string, string];
	/** Used, alternating, if the visitor's email or phone number is known. */
	known: [string, string];
}

/** The fallback texts in each of the widget's languages (src/lib/server/embed/texts). */
const TEXTS: Record<WidgetLanguage, FallbackTexts> = {
	en: {
		first: DEFAULT_FALLBACK_REPLY,
		repeated: [
			'Sorry, I still can’t answer. Leave your email or phone number, and someone will get back to you.',
			'Sorry, this is taking longer than it should. Your messages are saved. Leave your email or phone number so that we can reply.',
		],
		known: [
			'Thank you, we have your contact details. I can’t answer right now, but someone from our team will get back to you.',
			'Your message is saved, and our team will reply. You don’t need to write it again.',
		],
	},
	de: {
		first:
			'Entschuldigung, ich kann gerade nicht antworten. Bitte hinterlassen Sie hier Ihren Namen und Ihre E-Mail-Adresse oder Telefonnummer, dann melden wir uns bei Ihnen.',
		repeated: [
			'Ich kann leider immer noch nicht antworten. Hinterlassen Sie Ihre E-Mail-Adresse oder Telefonnummer, dann meldet sich jemand bei Ihnen.',
			'Es dauert leider länger als erwartet. Ihre Nachrichten sind gespeichert; mit E-Mail-Adresse oder Telefonnummer können wir antworten.',
		],
		known: [
			'Vielen Dank, Ihre Kontaktdaten liegen uns vor. Ich kann gerade nicht antworten, aber jemand aus unserem Team meldet sich bei Ihnen.',
			'Ihre Nachricht ist gespeichert, unser Team antwortet Ihnen. Sie brauchen sie nicht noch einmal zu schreiben.',
		],
	},
	es: {
		first:
			'Lo siento, ahora mismo no puedo responder. Deje aquí su nombre y su correo electrónico o teléfono y alguien de nuestro equipo le contactará.',
		repeated: [
			'Sigo sin poder responder, lo siento. Deje su correo electrónico o teléfono y una persona le contactará.',
			'Esto está tardando más de lo debido. Sus mensajes están guardados; con un correo electrónico o teléfono podremos responderle.',
		],
		known: [
			'Gracias, tenemos sus datos de contacto. Ahora mismo no puedo responder, pero alguien de nuestro equipo le contactará.',
			'Su mensaje está guardado y nuestro equipo le responderá. No hace falta que lo escriba de nuevo.',
		],
	},
	fr: {
		first:
			'Désolé, je ne peux pas répondre pour le moment. Laissez ici votre nom et votre e-mail ou numéro de téléphone, et une personne de notre équipe vous recontactera.',
		repeated: [
			'Je ne peux toujours pas répondre, désolé. Laissez votre e-mail ou numéro de téléphone, et une personne vous contactera.',
			'Cela prend plus de temps que prévu. Vos messages sont enregistrés ; avec un e-mail ou un numéro de téléphone, nous pourrons vous répondre.',
		],
		known: [
			'Merci, nous avons vos coordonnées. Je ne peux pas répondre pour le moment, mais une personne de notre équipe vous recontactera.',
			'Votre message est enregistré et notre équipe vous répondra. Inutile de l’écrire à nouveau.',
		],
	},
	pt: {
		first:
			'Desculpe, não consigo responder agora. Deixe aqui o seu nome e o seu e-mail ou telefone, e alguém da nossa equipe entrará em contato.',
		repeated: [
			'Ainda não consigo responder, desculpe. Deixe o seu e-mail ou telefone, e uma pessoa entrará em contato.',
			'Isto está demorando mais do que devia. As suas mensagens estão guardadas; com um e-mail ou telefone podemos responder.',
		],
		known: [
			'Obrigado, temos os seus dados de contato. Não consigo responder agora, mas alguém da nossa equipe entrará em contato.',
			'A sua mensagem está guardada, e a nossa equipe vai responder. Não precisa escrevê-la de novo.',
		],
	},
	ar: {
		first:
			'عذرًا، لا أستطيع الرد الآن. يرجى ترك اسمك وبريدك الإلكتروني أو رقم هاتفك هنا، وسيتواصل معك أحد أعضاء فريقنا.',
		repeated: [
			'عذرًا، ما زلت لا أستطيع الرد. اترك بريدك الإلكتروني أو رقم هاتفك وسيتواصل معك أحد موظفينا.',
			'يستغرق الأمر وقتًا أطول من المعتاد. رسائلك محفوظة، وببريد إلكتروني أو رقم هاتف يمكننا الرد عليك.',
		],
		known: [
			'شكرًا، لدينا بيانات الاتصال بك. لا أستطيع الرد الآن، لكن أحد أعضاء فريقنا سيتواصل معك.',
			'رسالتك محفوظة وسيرد عليك فريقنا. لا حاجة إلى كتابتها مرة أخرى.',
		],
	},
};

const stateSchema = z.object({
	/** The AI's latest message, if it was a fallback reply. */
	last: z.string().nullable(),
	has_contact: z.boolean(),
});

/** Loads the chat's state and returns the fallback text for a turn; see `chooseFallbackText`. */
export async function loadFallbackText(ctx: Ctx, turn: Turn): Promise<string> {
	const { rows } = await ctx.db.execute(sql`
		select (
			select case when m.is_fallback then m.message end from messages m
			where m.chat_session_id = ${turn.chat_session_id} and m.sender = 'ai' order by m.id desc limit 1
		) as last, exists (
			select from leads l where l.chat_session_id = ${turn.chat_session_id}
				and (l.email is not null or l.phone is not null)
		) as has_contact`);
	const { last, has_contact } = stateSchema.parse(rows[0]);
	return chooseFallbackText(turn, { last, has_contact });
}

/**
 * Returns the reply for a failed answer, in the visitor's language: the site's own text the first time, another one if
 * the previous answer also failed, or a promise to reply if the visitor's contact is known. Never returns the same text twice in a row.
 */
export function chooseFallbackText(
	{ site, context }: Pick<Turn, 'site' | 'context'>,
	{ last, has_contact }: z.infer<typeof stateSchema>,
): string {
	const language = getVisitorLanguage(site.look.language, context);
	const texts = TEXTS[language];
	const isCustom = site.fallback_reply !== DEFAULT_FALLBACK_REPLY;
	const customText = site.translations.fallback_reply?.[language] ?? site.fallback_reply;
	const first = isCustom ? customText : texts.first;
	// A partial reply may precede the fallback text in the stored message.
	const isLatest = (text: string) => last?.endsWith(text) ?? false;
	const choices = has_contact ? texts.known : last === null ? [first] : texts.repeated;
	return choices.find((text) => !isLatest(text)) ?? first;
}
