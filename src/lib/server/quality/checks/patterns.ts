import { normalize, removeAccents } from '#lib/server/ai/connectors/scripted/index.ts';

type Language = 'en' | 'de' | 'es' | 'fr' | 'pt' | 'ar';
/** Lowercase patterns by widget language; accents are ignored. */
type Patterns = Record<Language, string | readonly string[]>;

/** Creates a function that returns whether a text contains one of the patterns as whole words, in any of the languages. */
function createMatcher(patterns: Patterns): (text: string) => boolean {
	const alternatives = Object.values(patterns).flat().map(removeAccents).join('|');
	const pattern = new RegExp(`(?:^| )(?:${alternatives})(?= |$)`, 'u');
	return (text) => pattern.test(normalize(text));
}

/** Matches complaints such as "I already told you that." */
export const isRepeatComplaint = createMatcher({
	en: [
		'(?:already|just) (?:told|asked|answered) (?:you|that|this|it)',
		"(?:i|i've|i have|we) (?:already|literally just|just) (?:said|mentioned|explained) (?:it|that|this|so)",
		'already (?:gave|given|sent|provided|shared|entered|typed|wrote|written) (?:you|that|this|it|them|my (?:e ?mail|mail|phone|number|name|address|details|contact))',
		"(?:i|i've|i have) (?:told|gave|given|sent|answered|said|mentioned) (?:you |that |this |it ){1,2}(?:my \\S+ )?(?:already|before|above|earlier)",
		'(?:as|like) i (?:just |already )?(?:said|mentioned|wrote|told you)|i told you',
		"you (?:have )?(?:already|just) (?:asked|have (?:that|it|my))|you(?:'ve| have)? asked (?:me )?(?:that|this) (?:already|before|twice)",
		'see above|how (?:often|many times) (?:do|must|should) i',
	],
	de: [
		'(?:habe|hab|hatte) (?:ich )?(?:(?:ihnen|dir|euch|es|das|dies|doch|ja|sie) ){0,4}(?:schon|bereits|gerade|eben) (?:[\\p{L}]+ ){0,3}?(?:gesagt|geschrieben|genannt|angegeben|beantwortet|geschickt|mitgeteilt|erwähnt|gegeben)',
		'wie (?:schon |bereits |gerade |oben |eben )?(?:gesagt|geschrieben|erwähnt|genannt)',
		'(?:steht|stand) (?:(?:doch|schon|ja) ){0,2}oben|siehe oben',
		'(?:haben sie|hast du) (?:(?:mich|das) )?(?:doch )?(?:schon|bereits|gerade|eben) gefragt|(?:haben sie|hast du) doch (?:schon|bereits)',
		'wie oft (?:soll|muss) ich',
	],
	es: [
		'ya (?:(?:te|se|le|os|les|lo|la) ){0,2}(?:dije|he dicho|di|he dado|escribí|mandé|envié|contesté|respondí|puse)',
		'(?:lo )?acabo de (?:decir|dar|escribir|enviar|responder|contestar)(?:lo|la|selo|telo)?',
		'como (?:ya )?(?:(?:te|le) )?(?:dije|he dicho|mencioné)',
		'ya me (?:lo )?(?:preguntaste|preguntó|ha preguntado|has preguntado)|cuántas veces (?:tengo|debo|hay)',
	],
	fr: [
		"(?:j'ai|l'ai|ai|avais|j'avais) déjà (?:dit|donné|écrit|répondu|envoyé|indiqué|précisé|mentionné|communiqué)",
		"viens de (?:(?:vous|te|le|la) ){0,2}(?:dire|donner|écrire|répondre|indiquer)|vous l'avez déjà",
		"comme (?:je )?(?:(?:vous )?(?:l'ai|l'avais) )?(?:déjà )?(?:dit|indiqué|écrit|mentionné)",
		"vous (?:me )?(?:l'avez|avez|m'avez) déjà (?:posé|demandé)|combien de fois (?:dois|faut)|voir plus haut",
	],
	pt: [
		'(?:eu )?já (?:(?:te|lhe|vos) )?(?:disse|falei|dei|passei|informei|respondi|enviei|mandei|escrevi|mencionei)',
		'acabei de (?:(?:te|lhe) )?(?:falar|dizer|passar|informar|responder|mandar|enviar)',
		'como (?:eu )?(?:já )?(?:disse|falei|mencionei|informei)',
		'(?:vocês? )?já (?:me )?(?:perguntou|perguntaram)|quantas vezes (?:tenho|preciso|vou)',
	],
	ar: [
		'(?:لقد )?قلت (?:لك|لكم)|لقد (?:أخبرتك|أخبرتكم|أعطيتك|أعطيتكم|ذكرت|أجبت)',
		'سبق (?:و|أن|وأن)? ?(?:قلت|ذكرت|أعطيت|أرسلت|كتبت|أخبرت|أجبت)\\S*|وسبق \\S+|كما (?:قلت|ذكرت|أخبرتك)',
		'(?:أعطيتك|أعطيتكم|أخبرتك|أخبرتكم|أرسلته|أرسلتها|ذكرته|ذكرت|كتبته)(?: \\S+){0,3}? (?:من قبل|سابقا|قبل قليل|مسبقا|بالفعل)',
		'كم مرة (?:يجب|علي)|سألتني (?:من قبل|سابقا|هذا|عن هذا)\\S*',
	],
});

/** Matches complaints about the chat, such as "This is useless"; visitors also complain about their roof. */
export const isComplaint = createMatcher({
	en: [
		"(?:this|that|it|you|it's|that's|you're)(?: is| are| was| were)?(?:n't| not)? (?:(?:really|so|just|completely|totally|absolutely|very|being|a bit|kind of) ){0,3}(?:useless|ridiculous|pathetic|nonsense|a joke|unacceptable|no help|no use|unhelpful|a waste of (?:my )?time|not helpful|not helping)",
		'(?:bot|chat|chatbot|robot|assistant|ai|answer|conversation|your (?:service|support)) (?:is|was) (?:(?:really|so|just|totally|very) ){0,2}(?:useless|ridiculous|terrible|awful|horrible|bad|stupid|annoying|a joke|no help|wrong)',
		'(?:terrible|awful|horrible|worst|stupid|dumb|bad) (?:bot|robot|machine|ai|chat|chatbot)|^(?:what a |this is )?(?:terrible|awful|horrible|bad|poor) (?:service|support|experience)',
		"you(?:'re| are)(?:n't| not) (?:listening|helping|understanding|answering|reading)|are you (?:even |actually )(?:reading|listening|there)(?: .*)?|(?:can't|can|don't) you (?:even )?read",
		"you (?:don't|do not|didn't|did not|dont|never) (?:even )?(?:understand|listen|answer|get it|read)(?: .*)?",
		'(?:you|it) keeps? (?:on )?(?:asking|repeating|saying)(?: .*)?|why (?:do|are) you (?:keep )?ask(?:ing)? (?:me )?(?:that|this|it|again|the same)(?: .*)?|(?:please )?stop asking(?: .*)?',
		"(?:that's|that is|thats|this is|you're|you are|it's)(?:n't)? (?:just |simply |totally |completely )?(?:wrong|incorrect|not (?:right|true|correct)(?: at all)?)$",
		"(?:isn't|is not|not|wasn't) (?:what i (?:asked|said|meant|wanted)(?: for)?|an answer|my question)|(?:didn't|did not|doesn't|does not|don't|not) (?:really |even )?answer(?:ing|ed)? (?:my|the) question",
		"(?:i'm|i am) (?:(?:getting|so|very|really|quite) ){0,2}(?:annoyed|frustrated|fed up)(?: with (?:you|this)(?: .*)?)?$",
		"(?:makes no|(?:doesn't|does not) make (?:any )?) ?sense|waste of (?:my )?time|what a joke|wtf|^(?:ok |oh |just )?forget it(?: then)?$",
	],
	de: [
		'(?:das|dies|sie|du|ihr|der bot|der chat)? ?(?:ist|sind|bist|war) (?:(?:doch|ja|echt|wirklich|völlig|total|absolut|einfach|so) ){0,3}(?:nutzlos|lächerlich|unverschämt|eine frechheit|unsinn|quatsch|blödsinn|nicht hilfreich|keine hilfe|zeitverschwendung|ein witz|keine antwort(?: auf meine frage)?|nicht meine frage|nicht(?: das)? was ich (?:gefragt|gesagt|gemeint|wollte|will)(?: habe)?)',
		'(?:sie|du) (?:verstehen|verstehst|hören|hörst|lesen|liest) (?:(?:mich|mir|es|das|meine frage|wohl|ja|gar) ){0,3}(?:nicht|nicht zu|nichts)|(?:können sie|kannst du) (?:(?:denn|eigentlich) )?nicht lesen|(?:lesen|hören) sie (?:überhaupt|eigentlich|mir)(?: .*)?',
		'(?:das )?stimmt (?:(?:so|doch|aber|leider) ){0,2}(?:gar )?nicht|(?:das|dies|es) ist (?:(?:so|doch|aber|leider|einfach) ){0,2}(?:falsch|nicht richtig|nicht wahr)(?: so)?$',
		'(?:das|danach) (?:habe|hab) ich (?:(?:gar|doch|so|aber) ){0,2}nicht (?:gefragt|gesagt|gemeint)|(?:beantwortet|beantworten sie) (?:meine|die) frage nicht',
		'(?:blöder?|dummer?|bescheuerter?) (?:bot|roboter|computer|ki|maschine|chat)|so ein (?:quatsch|unsinn|mist|blödsinn)|zeitverschwendung',
		'(?:das|es|sie) nerv(?:t|en)|sie wiederholen sich|du wiederholst dich|immer (?:das gleiche|dasselbe|(?:die gleiche|dieselbe) frage)|(?:ergibt|macht) (?:(?:für mich|doch|so) )?(?:gar )?keinen sinn',
		'vergessen sie es|vergiss es|was soll (?:das|der quatsch|der mist)|hören sie auf(?: .*)?',
	],
	es: [
		'(?:esto|eso|usted|tú)? ?(?:no (?:me )?(?:sirve|ayuda)(?: para nada| de nada| nada)?|es (?:(?:muy|realmente|totalmente) )?(?:inútil|ridículo|absurdo|una tontería|una broma|inaceptable|una pérdida de tiempo|mentira|falso|incorrecto)|no es (?:verdad|cierto|correcto|lo que (?:pregunté|pedí|dije|quiero|quería)))',
		'no (?:me )?(?:entiende|entiendes|escucha|escuchas|entendió|entendiste|ayuda|ayudas)(?: nada)?|no me estás? (?:escuchando|entendiendo|ayudando)',
		'no (?:ha )?(?:responde|respondes|contesta|contestas|respondido|contestado|respondió) (?:a )?(?:mi|la) pregunta|no (?:es|era) eso lo que \\S+|está(?:s)? equivocad[oa]|(?:eso|esto) está mal',
		'(?:bot|robot|máquina|chat) (?:es )?(?:estúpid[oa]|tont[oa]|inútil)|pérdida de tiempo|qué (?:inútil|ridículo|absurdo)|(?:eso|esto) no tiene sentido',
		'(?:se|te) (?:está|estás) repitiendo|(?:se|te) repites?|siempre (?:lo mismo|la misma pregunta)|olvídelo|olvídalo|(?:deje|deja) de preguntar(?: .*)?',
	],
	fr: [
		"c'est (?:(?:vraiment|complètement|totalement|du) ){0,2}(?:nul|inutile|ridicule|faux|absurde|inadmissible|inacceptable|énervant|agaçant|pénible|une blague|une perte de temps|pas vrai|pas (?:ce que j'ai (?:demandé|dit)|ma question|correct|exact|utile))",
		"n'importe quoi|ce n'est pas (?:ce que (?:j'ai|je) \\S+|ma question|vrai|exact|correct|utile)|(?:ça|cela) (?:ne )?(?:sert à rien|répond pas(?: à ma question)?|m'aide pas)|(?:ça|cela) n'a (?:pas de|aucun) sens",
		"vous ne (?:comprenez|répondez|m'écoutez|écoutez|lisez|m'aidez) (?:pas|rien)(?: .*)?|(?:ne )?répond(?:ez|s)? pas à ma question|vous vous trompez|vous (?:vous )?répétez(?: .*)?|(?:toujours|encore) la même (?:question|chose|réponse)",
		'(?:robot|bot|machine) (?:stupide|débile|idiote?|nul)|stupide (?:robot|bot|machine)|perte de temps|laissez tomber|arrêtez de (?:demander|poser)(?: .*)?',
	],
	pt: [
		'iss?[ot]o? (?:é|está) (?:(?:muito|totalmente) )?(?:inútil|ridículo|absurdo|errado|uma piada|inaceitável|mentira|uma perda de tempo)',
		'(?:isso|isto) não (?:é (?:verdade|o que (?:eu )?\\S+)|ajuda|serve|responde|faz sentido)(?: .*)?|não (?:serve|adianta|ajuda) (?:para |pra |em )?nada|não foi (?:isso )?(?:o )?que (?:eu )?(?:perguntei|pedi|disse)',
		'vocês? não (?:me )?(?:entende|entendem|entendeu|entenderam|escuta|escutam|responde|respondeu|lê|leu|ajuda|ajudou)(?: .*)?|vocês? não (?:está|estão) (?:me )?(?:entendendo|ouvindo|escutando|ajudando)',
		'não (?:respondeu|responde) (?:à )?(?:minha|a) pergunta|(?:robô|bot|máquina) (?:burr[oa]|idiota|inútil|estúpid[oa])|perda de tempo|que (?:absurdo|inútil|irritante)',
		'(?:está|fica) (?:se )?repetindo|sempre a mesma (?:pergunta|coisa)|deixa (?:pra|para) lá|pare de perguntar(?: .*)?',
	],
	ar: [
		'(?:هذا|أنت|أنتم|هذه) (?:غير مفيد|بلا فائدة|لا فائدة منه|مضيعة للوقت|سخيف|هراء|غير صحيح|خطأ|ليس صحيحا|غير مقبول|عديم الفائدة|مزعج)',
		'(?:أنت |أنتم )?لا (?:تفهم|تفهمون|تفهمني|تجيب|تجيبون|تقرأ|تساعدني|تساعد)(?: .*)?|(?:هذا )?لا (?:يفيد|يساعد|يساعدني|معنى له)(?: .*)?|لم (?:تفهم|تجب|تفهمني|تجيبوا|تفهموا)(?: .*)?',
		'(?:هذا )?ليس (?:هذا )?ما (?:سألت|قلت|طلبت|أقصد|أريد)\\S*|لم أسأل عن \\S+|كلام فارغ|لا فائدة منك',
		'(?:روبوت|بوت) (?:غبي|فاشل)|مضيعة للوقت|تكرر (?:نفس|نفسك)(?: .*)?|انسى الأمر|انس الأمر|توقف عن السؤال',
	],
});

/** Matches requests for another value or a confirmation, such as "Could you give me another email?" */
export const isRequestForAnother = createMatcher({
	en: 'another|other|different|second|alternative|additional|instead|correct|confirm|right',
	de: 'andere[nrsm]?|weitere[nrsm]?|zweite[nrsm]?|alternative[nr]?|zusätzliche[nr]?|stimmt|richtig|korrekt|bestätigen',
	es: 'otr[oa]|otr[oa]s|segund[oa]|diferente|alternativ[oa]|adicional|correct[oa]|confirmar?',
	fr: 'autres?|seconde?|deuxième|différente?|alternative|supplémentaire|correcte?|exacte?|confirmer',
	pt: 'outr[oa]|segund[oa]|diferente|alternativ[oa]|adicional|corret[oa]|certo|confirmar?|confirma',
	ar: 'آخر|أخرى|ثان|ثاني|ثانية|بديل|إضافي|صحيح|تأكيد',
});

/** The beginnings of questions for a contact, such as "What is your email?", but not "May we email you?" */
const requestPatterns = {
	en: "(?:what(?:'s| is| was)?|which|can i|could i|may i|can we|may we|could you|can you|would you|please|share|provide|leave|give|tell|need|enter|have|get|and) (?:[\\p{L}']+ ){0,7}?",
	de: '(?:wie (?:lautet|ist)|was ist|welche[rsn]?|unter welcher|an welche|geben|gib|nennen|nenn|teilen|verraten|schreiben|hinterlassen|brauche|benötige|bräuchte|darf ich|dürfte ich|könnte ich|könnten sie|können sie|und|bitte) (?:[\\p{L}]+ ){0,6}?',
	es: '(?:cuál (?:es|sería)|a qué|en qué|qué|me (?:da|das|puede|puedes|podría|podrías|facilita|indica|deja|comparte)|puede|puedes|podría|podrías|déjeme|déme|necesito|indíqueme|y|comparta) (?:[\\p{L}]+ ){0,6}?',
	fr: "(?:quel(?:le)? (?:est|serait)|à quel(?:le)?|quel(?:le)?|pouvez vous|pourriez vous|puis je|pourrais je|donnez|indiquez|laissez|communiquez|merci de|j'ai besoin|et) (?:[\\p{L}']+ ){0,6}?",
	pt: '(?:qual (?:é|seria)|em qual|para qual|qual|pode|poderia|me (?:passa|passe|informa|informe|dá|diga|diz)|informe|deixe|preciso|e) (?:[\\p{L}]+ ){0,6}?',
	ar: '(?:ما|ما هو|ما هي|ممكن|هل يمكنك|هل يمكن|هل لي|هل تعطيني|أعطني|من فضلك|يرجى|أحتاج|و|شاركنا|اترك|زودنا) (?:\\S+ ){0,5}?',
};
const contactNouns: Record<'email' | 'phone', Record<Language, string>> = {
	email: {
		en: '(?<=(?:your|the|an|a|which|what|best|good|valid|work|preferred|current|contact|and) )e ?mail(?! (?:you|us|me|them|it)(?: |$))',
		de: '(?:e )?mail(?:adresse| adresse)?|email',
		es: 'correo|e ?mail',
		fr: 'e ?mail|courriel|mail',
		pt: 'e ?mail',
		ar: '[بل]?بريدك|البريد|بريد|[بل]?إيميلك|الإيميل|[بل]?بريدكم',
	},
	phone: {
		en: '(?<=(?:your|the|a|which|what|best|good|daytime|contact|mobile|cell|and) )(?:phone|telephone|mobile|cell)(?! (?:you|us|me|them|it)(?: |$))|number (?:can|should|may) (?:we|i|the team)',
		de: 'telefon(?:nummer)?|handynummer|rufnummer|mobilnummer',
		es: 'teléfono|móvil|celular|número (?:de contacto|podemos|puedo)',
		fr: 'téléphone|portable|mobile|numéro (?:de téléphone|pouvons|puis)',
		pt: 'telefone|celular|whatsapp|número (?:de contato|podemos|posso)',
		ar: 'هاتفك|الهاتف|هاتف|رقمك|جوالك|الجوال|رقم',
	},
};
/** Excludes "by email", which names a channel, not an address. */
const NOT_BY = '(?<!(?:por|per|via|par|über|by|عبر|عن طريق) )';
const createContactMatcher = (noun: Record<Language, string>): ((text: string) => boolean) =>
	createMatcher({
		en: `${requestPatterns.en}${NOT_BY}(?:${noun.en})|(?:your |the )?(?:best )?(?:${noun.en})(?: address| number)?(?: please)?$`,
		de: `${requestPatterns.de}${NOT_BY}(?:${noun.de})|(?:ihre |deine )?(?:${noun.de})(?: bitte)?$`,
		es: `${requestPatterns.es}${NOT_BY}(?:${noun.es})`,
		fr: `${requestPatterns.fr}${NOT_BY}(?:${noun.fr})`,
		pt: `${requestPatterns.pt}${NOT_BY}(?:${noun.pt})`,
		ar: `${requestPatterns.ar}${NOT_BY}(?:${noun.ar})`,
	});
const isEmailRequest = createContactMatcher(contactNouns.email);
const isPhoneRequest = createContactMatcher(contactNouns.phone);

/** Returns which contact a question asks for, judged by its words. */
export function findRequestedContact(question: string): 'email' | 'phone' | undefined {
	const isEmail = isEmailRequest(question);
	const isPhone = isPhoneRequest(question);
	// "An email or a phone number?" is answered by either.
	if (isEmail === isPhone) return undefined;
	return isEmail ? 'email' : 'phone';
}

/** Matches questions that may be repeated, such as "Is there anything else I can help you with?" */
export const isOffer = createMatcher({
	en: '(?:anything|something) else|(?:how|what) (?:else )?(?:can|may|could) (?:i|we) (?:help|do|assist).*|(?:any|have) (?:other |more |further )?questions|(?:does|did) (?:that|this) (?:help|work|answer|sound).*|would you like (?:to know|more|me to).*|sounds? good|shall (?:i|we) .*',
	de: '(?:sonst )?noch (?:etwas|was|fragen|eine frage).*|(?:kann|können|darf) (?:ich|wir) (?:[\\p{L}]+ ){0,4}?(?:helfen|tun|weiterhelfen|behilflich sein)|womit kann ich .*|haben sie (?:noch |weitere )*fragen|(?:hilft|passt) (?:ihnen )?das(?: .*)?|soll(?:en)? (?:ich|wir) .*',
	es: '(?:algo|alguna cosa) más.*|(?:en qué|cómo) (?:(?:le|te|más) )*(?:puedo|podemos) ayudar\\S*|(?:tiene|tienes) (?:alguna )?(?:otra )?(?:pregunta|duda)s?.*|(?:le|te) (?:parece|sirve|ayuda).*|(?:quiere|quieres|desea) (?:saber|que) .*',
	fr: "(?:autre chose|d'autres questions|une autre question).*|(?:comment|en quoi) (?:puis je|pouvons nous) (?:vous )?aider.*|avez vous (?:d'autres|des|une) questions?.*|(?:cela|ça) vous (?:convient|aide|va).*|souhaitez vous (?:que|en savoir) .*",
	pt: '(?:algo|alguma coisa) mais.*|mais alguma (?:coisa|dúvida|pergunta).*|(?:como|em que) (?:mais )?(?:posso|podemos) (?:te |lhe )?ajudar.*|(?:tem|possui) (?:mais )?(?:alguma )?(?:outra )?(?:dúvida|pergunta)s?.*|(?:isso )?(?:ajuda|funciona|resolve)(?: para você)?|(?:gostaria|quer) (?:de saber|que) .*',
	ar: '(?:أي )?شيء آخر.*|كيف (?:يمكنني|يمكننا|أستطيع|نستطيع) (?:أن )?(?:مساعدتك|مساعدتكم|أساعدك|نساعدك).*|هل (?:لديك|عندك) (?:أي )?(?:أسئلة|سؤال|استفسار).*|هل (?:تريد|ترغب|تود) (?:أن )?(?:معرفة|أعرف|المزيد).*',
});

/** Matches replies such as "Let me think" and "one moment", which are neither answers nor questions. */
export const isHesitation = createMatcher({
	en: 'let me (?:think|check|see|look)|(?:one|a|just a) (?:moment|second|sec|minute)|hold on|wait|hmm+|depends|sorry what|what do you mean',
	de: 'moment|augenblick|sekunde|warten sie|warte|muss ich (?:nachsehen|überlegen|schauen)|lass(?:en)? (?:mich|sie mich) (?:nachdenken|überlegen|schauen)|kommt (?:drauf|darauf) an|hmm+|wie meinen sie',
	es: 'un momento|un segundo|espere|espera|déjeme (?:ver|pensar|mirar)|depende|a ver|cómo dice',
	fr: 'un (?:instant|moment)|une (?:seconde|minute)|attendez|laissez moi (?:voir|réfléchir)|ça dépend|cela dépend|hmm+|comment ça',
	pt: 'um (?:momento|segundo|minuto|instante)|espera|espere|deixa eu (?:ver|pensar)|deixe me (?:ver|pensar)|depende|hmm+|como assim',
	ar: 'لحظة|دقيقة|انتظر|دعني (?:أفكر|أرى|أتحقق)|حسب|يعتمد|ماذا تقصد',
});
