-- How search sees a text: in lower case, without accents and invisible marks, digits of any script as 0 to 9, letters of
-- scripts without spaces one by one, and only spaces between words. An index is made of it: whoever changes it reindexes.
CREATE FUNCTION "public"."search_text"(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
	IF octet_length(t) > length(t) THEN
		t := regexp_replace(normalize(t, NFKD),
			'[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u0610-\u061a\u0640\u064b-\u065f\u0670\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]+',
			'', 'g');
		t := lower(normalize(t, NFC));
		-- Each pass only where it has anything to do: translate() is slow.
		IF t ~ '[\u0370-\u052f]' THEN
			t := translate(t, 'АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯІЄҐΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩς',
				'абвгдежзийклмнопрстуфхцчшщъыьэюяієґαβγδεζηθικλμνξοπρστυφχψωσ');
		END IF;
		IF t ~ '[\u0660-\u096f]' THEN
			t := translate(t, '٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹०१२३४५६७८९', '012345678901234567890123456789');
		END IF;
		IF t ~ '[ßæœþøðđłħıŧ]' THEN
			t := translate(replace(replace(replace(replace(t, 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th'), 'øðđłħıŧ', 'oddlhit');
		END IF;
		IF t ~ '[\u0e00-\u109f\u1780-\u17ff\u2e80-\U0003ffff]' THEN
			t := regexp_replace(t,
				'([\u0e01-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3021-\u302f\u3031-\u30fa\u30fc-\u31ff\u3400-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff])',
				' \1 ', 'g');
		END IF;
		RETURN regexp_replace(t,
			'[!-/:-@\[-`{-~\u0080-\u00bf\u00d7\u00f7\u0589\u05be\u05c0\u05c3\u060c\u061b\u061f\u066a-\u066d\u06d4\u0964\u0965\u0e4f\u104a\u104b\u2000-\u206f\u20a0-\u20cf\u2100-\u2bff\u2e00-\u2e7f\u3000-\u3004\u3008-\u3020\u3030\u30fb\ue000-\uf8ff\ufe10-\ufe1f\ufe30-\ufe6f\uff01-\uff0f\ufffc\ufffd\U0001f000-\U0001faff]+',
			' ', 'g');
	END IF;
	RETURN regexp_replace(lower(t), '[!-/:-@\[-`{-~]+', ' ', 'g');
END $$;--> statement-breakpoint
-- The words of a text, and its phone numbers: from their first digit, without a country's one to three, and from their last.
CREATE FUNCTION "public"."search_document"(t text) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
	words text := "public"."search_text"(t);
	found text;
BEGIN
	IF words ~ '\d\D*\d\D*\d\D*\d\D*\d\D*\d\D*\d' THEN
		IF octet_length(t) > length(t) THEN
			t := translate(regexp_replace(normalize(t, NFKC), '[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]+', '', 'g'),
				'٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹०१२३४५६७८९‐‑‒–—―−·', '012345678901234567890123456789--------');
		END IF;
		FOR found IN
			SELECT ltrim(regexp_replace(m[1], '\D', '', 'g'), '0')
			FROM regexp_matches(t, '(\d(?:[ \t().\/-]{0,4}\d){6,18})', 'g') m LIMIT 50
		LOOP
			words := concat_ws(' ', words, 'rev' || reverse(found), 'tel' || found, 'tel' || substr(found, 2),
				'tel' || substr(found, 3), 'tel' || substr(found, 4));
		END LOOP;
	END IF;
	RETURN to_tsvector('simple'::regconfig, words);
END $$;--> statement-breakpoint
ALTER TABLE "sites" ADD COLUMN "country" text;
