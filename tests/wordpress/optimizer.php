<?php
/**
 * Simulates aggressive themes and optimization plugins: styles with !important on everything, and scripts that are held
 * back until the first pointer event.
 */
add_action(
	'wp_head',
	function () {
		echo '<style>* { box-sizing: content-box !important; letter-spacing: 3px !important }
			button { width: 100% !important; border-radius: 0 !important; background: red !important; position: static !important }
			iframe { max-width: 100% !important; height: auto !important; min-height: 0 !important; border: 9px solid red !important }
			div { padding: 1px !important }</style>';
	}
);
add_action(
	'template_redirect',
	function () {
		ob_start(
			fn ( $html ) => preg_replace( '#<script (src="[^"]*widget\.js")#', '<script type="delayed" data-$1', $html ) . '
				<script>addEventListener("pointermove", () => document.querySelectorAll("script[type=delayed]").forEach((old) => {
					const script = document.createElement("script");
					for (const { name, value } of old.attributes) if (name !== "type") script.setAttribute(name === "data-src" ? "src" : name, value);
					old.replaceWith(script);
				}), { once: true });</script>'
		);
	}
);
