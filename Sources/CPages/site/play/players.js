// How players look: a colour and a shape each, so that neither alone has to tell them apart.
import { colour } from "../shared/colours.js";

const SHAPES = ["circle", "square", "triangle", "diamond", "hexagon", "star", "cross", "pentagon"];

/** The tokens `--player-0` to `--player-7` of play.css, resolved for the light or dark in force. */
let colours;
document.addEventListener("themechange", () => (colours = undefined));

/** `{colour, shape}` of a seat. Shapes shift against colours, so that 64 seats differ. */
export function lookOf(seat) {
  colours ??= SHAPES.map((_, index) => colour(`--player-${index}`));
  const index = seat % 8;
  return { colour: colours[index], shape: SHAPES[(index + (seat >> 3)) % 8] };
}

/** The outline of a shape around a point, for a canvas. */
export function trace(context, shape, x, y, radius) {
  context.beginPath();
  switch (shape) {
    case "square": return context.rect(x - radius * 0.85, y - radius * 0.85, radius * 1.7, radius * 1.7);
    case "triangle": return polygon(context, x, y + radius * 0.15, radius * 1.15, 3);
    case "diamond": return polygon(context, x, y, radius * 1.15, 4);
    case "pentagon": return polygon(context, x, y, radius * 1.05, 5);
    case "hexagon": return polygon(context, x, y, radius * 1.05, 6);
    case "star": return polygon(context, x, y, radius * 1.25, 10, 0.5);
    case "cross": return cross(context, x, y, radius * 1.05);
    default: context.arc(x, y, radius, 0, 2 * Math.PI);
  }
}

function polygon(context, x, y, radius, corners, inner = 1) {
  for (let i = 0; i < corners; i += 1) {
    const angle = (i / corners) * 2 * Math.PI - Math.PI / 2;
    const reach = i % 2 === 1 ? radius * inner : radius;
    context.lineTo(x + Math.cos(angle) * reach, y + Math.sin(angle) * reach);
  }
  context.closePath();
}

function cross(context, x, y, radius) {
  const arm = radius * 0.42;
  const corners = [
    [-arm, -radius], [arm, -radius], [arm, -arm], [radius, -arm], [radius, arm], [arm, arm], [arm, radius],
    [-arm, radius], [-arm, arm], [-radius, arm], [-radius, -arm], [-arm, -arm],
  ];
  for (const [right, down] of corners) context.lineTo(x + right, y + down);
  context.closePath();
}

/** Paints a player's shape into a small canvas that stands before the name. */
export function paintBadge(canvas, seat) {
  const context = cleared(canvas);
  const { colour, shape } = lookOf(seat);
  context.fillStyle = colour;
  trace(context, shape, 20, 20, 14);
  context.fill();
}

/** The same for who plays a board game: what lies on the board of that player. @param {"X" | "O" | undefined} mark */
export function paintMark(canvas, game, mark) {
  const context = cleared(canvas);
  context.lineWidth = 7;
  context.lineCap = "round";
  context.strokeStyle = context.fillStyle = mark === undefined ? colour("--edge") : lookOf(mark === "X" ? 0 : 1).colour;
  context.beginPath();
  if (mark === "X" && game === "tictactoe") {
    for (const [from, to] of [[9, 31], [31, 9]]) {
      context.moveTo(from, 9);
      context.lineTo(to, 31);
    }
  } else {
    context.arc(20, 20, mark === undefined ? 6 : 12.5, 0, 2 * Math.PI);
  }
  if (mark === "X" && game !== "tictactoe" || mark === undefined) context.fill();
  context.stroke();
}

function cleared(canvas) {
  canvas.width = canvas.height = 40;
  return canvas.getContext("2d");
}
