-- The words of a text; its emoji, by their code; and its phone numbers: from their first digit, without a country's one to three, and from their last.
CREATE OR REPLACE FUNCTION "public"."search_document"(t text) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
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
	IF octet_length(t) > length(t) AND t ~ '[\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001f3fa\U0001f400-\U0001faff]' THEN
		words := concat_ws(' ', words, (
			SELECT string_agg(DISTINCT 'emo' || to_hex(ascii(m[1])), ' ')
			FROM regexp_matches(t, '([\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001f3fa\U0001f400-\U0001faff])', 'g') m));
	END IF;
	RETURN to_tsvector('simple'::regconfig, words);
END $$;
